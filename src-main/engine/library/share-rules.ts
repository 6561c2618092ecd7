import type { LeftOut } from '../../contract/outputs.ts';

/** Endings of files that some program is still writing: browsers, download managers, sync programs, and our own parts. */
const PARTIAL_ENDINGS = [
  ...['.part', '.partial', '.crdownload', '.download', '.opdownload', '.filepart', '.aria2', '.!qb', '.!ut', '.!bt'],
  ...['.bc!', '.!sync', '.tmp', '.temp', '.part.met'],
];
/** Files that a system leaves in folders for itself. */
const SYSTEM_NAMES = new Set(['thumbs.db', 'desktop.ini', 'ehthumbs.db', '$recycle.bin', 'system volume information']);

/** Why a name in a shared folder is not shared, or undefined when nothing speaks against it. */
export function leftOutByName(name: string): 'hidden' | 'partial' | undefined {
  const lower = name.toLowerCase();
  if (name.startsWith('.') || SYSTEM_NAMES.has(lower)) return 'hidden';
  return PARTIAL_ENDINGS.some((ending) => lower.endsWith(ending)) ? 'partial' : undefined;
}

export const NOTHING_LEFT_OUT: LeftOut = {
  hidden: 0,
  linksOut: 0,
  special: 0,
  empty: 0,
  unreadable: 0,
  partial: 0,
  byUser: 0,
};

export function addLeftOut(a: LeftOut, b: LeftOut): LeftOut {
  return {
    hidden: a.hidden + b.hidden,
    linksOut: a.linksOut + b.linksOut,
    special: a.special + b.special,
    empty: a.empty + b.empty,
    unreadable: a.unreadable + b.unreadable,
    partial: a.partial + b.partial,
    byUser: a.byUser + b.byUser,
  };
}
