import type { Catalogue } from '../catalogue.ts';

const welcome: Catalogue['welcome'] = {
  title: '欢迎使用 Shoal',
  lead: '在电脑之间直接搜索和共享文件，中间没有服务器。只有三个问题，以后都可以在设置中更改。',
  language: '语言',
  theme: '外观',
  system: '跟随系统',
  themes: { light: '浅色', dark: '深色' },
  name: {
    title: '怎么称呼您？',
    text: '其他人会在您的文件旁看到这个名字。留空则不显示名字。',
    label: '名字（可选）',
  },
  folders: {
    title: '您想共享什么？',
    text: '只有您选择的内容才会共享。其他人能看到您共享的文件名和您的网络地址，这与在互联网上发送任何内容时一样。',
    rights: '请只共享您有权共享的内容，并尊重他人的权利。',
    choose: '选择文件夹',
    path: '文件夹路径',
    pathHint: '在运行 Shoal 的电脑上，例如 /home/me/music。按回车键添加。',
    add: '添加',
    list: '要共享的文件夹',
    remove: '不共享 {path}',
    downloads: '共享我下载的文件',
    downloadsHint: '下载完成的文件也可以从您这里获取：只要有人共享，文件就会留在网络中。',
  },
  limits: {
    title: '可以占用多少带宽？',
    text: '设置上限可以给线路上的其他用途留出余地。',
    download: '接收上限',
    upload: '发送上限',
    none: '不限',
    supernode: '线路允许时，帮助维持网络运行',
    supernodeHint:
      '有些电脑会保存其他人的文件列表，并替他们回答搜索。这会占用一些内存和流量，具体数量可在“网络”页面查看。',
  },
  start: '开始',
  skip: '跳过',
  skipHint: '跳过后不会共享任何文件夹，也不会共享您下载的文件。',
};
export default welcome;
