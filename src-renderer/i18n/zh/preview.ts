import type { Catalogue } from '../catalogue.ts';

const preview: Catalogue['preview'] = {
  title: '预览 {name}',
  asking: '正在查看文件…',
  waiting: '文件的开头还没有到，一到就会显示。',
  buffering: '正在等待文件的下一部分…',
  element: '无法在这里播放或显示此文件：它已损坏、不完整，或是这里不认识的类型。',
  textCut: '文件的前 {size}。',
  image: '图片 {name}',
  retry: '重试',
};
export default preview;
