import type { Catalogue } from '../catalogue.ts';

const texts: Catalogue['votes'] = {
  title: '他人的评价',
  nobody: '被询问的节点都没有评价。',
  voters: '{count} 票中，{known} 票来自您曾与之一致的人。',
  evidence: '这是线索，不是定论。',
  lean: {
    good: '看起来是好的。',
    bad: '小心：看起来有问题。',
    open: '尚无定论。',
  },
  say: '评价此文件',
  own: '您的评价：{verdict}',
  none: '撤回',
  public: '他人可以看到。',
  private: '仅保留在本机。可在设置中允许他人看到您的评价。',
  verdicts: {
    good: '好',
    fake: '假',
    broken: '损坏',
    malware: '恶意软件',
    mislabelled: '名不副实',
  },
  consent: {
    title: '允许他人看到您的评价吗？',
    text: '您的评价能帮助他人避开坏文件、找到好文件。它由本节点的密钥签名，因此也会让他人知道您曾有此文件。可在设置中更改；已经告知的内容无法保证收回。',
    yes: '告诉他人',
    no: '仅留在本机',
  },
};
export default texts;
