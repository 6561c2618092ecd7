import type { LeftOut } from '#contract/outputs.ts';

export type LeftOutWhy = keyof LeftOut;
/** What the user chose himself first, what may surprise next. */
const ORDER: readonly LeftOutWhy[] = ['byUser', 'unreadable', 'partial', 'empty', 'linksOut', 'special', 'hidden'];

/** What there is of each kind, without those of which there is none. */
export const leftOutParts = (left: LeftOut): readonly { readonly why: LeftOutWhy; readonly count: number }[] =>
  ORDER.filter((why) => left[why] > 0).map((why) => ({ why, count: left[why] }));
