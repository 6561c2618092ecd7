import type { DownloadState, DownloadView, SourceView } from '#contract/transfer.ts';

/** What can be done with chosen downloads; `isPlain`: shown as a button, the others in the menu alone. */
export type DownloadAction = {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  readonly shortcut?: string;
  readonly isPlain: boolean;
  readonly isDisabled: boolean;
  readonly run: () => void;
};

const OVER: readonly DownloadState[] = ['done', 'failed'];

export const isOver = ({ state }: DownloadView): boolean => OVER.includes(state);
export const mayPause = ({ state }: DownloadView): boolean => !['done', 'failed', 'paused'].includes(state);
/** Failed ones are taken up again. */
export const mayResume = ({ state }: DownloadView): boolean => state === 'paused' || state === 'failed';
export const mayRetry = ({ state }: DownloadView): boolean => state !== 'done' && state !== 'verifying';
/** A ban ends by that; of a finished download it keeps nobody from anything. */
export const mayRetrySource = (download: DownloadView, source: SourceView): boolean =>
  download.state !== 'done' && source.state === 'banned';

export const FILTERS = ['all', 'running', 'paused', 'done', 'failed'] as const;
export type DownloadFilter = (typeof FILTERS)[number];

/** Whether a download is shown: its state is wanted, and all words are in its name or begin its hash. */
export function matchesFilter(download: DownloadView, filter: DownloadFilter, words: string): boolean {
  const { state, name, hash } = download;
  const isState = filter === 'all' || state === filter || (filter === 'running' && mayPause(download));
  const folded = name.toLowerCase();
  const isWord = (word: string) => folded.includes(word) || hash?.startsWith(word) === true;
  return isState && words.toLowerCase().split(/\s+/).every(isWord);
}

/** Where each of the chosen ones goes, in the order in which they are to be moved, so that they keep their own order. */
export function movesOf(chosen: readonly DownloadView[], direction: 'up' | 'down' | 'top', count: number) {
  const ordered = chosen.toSorted((a, b) => a.place - b.place);
  if (direction === 'top') return ordered.map(({ id }, index) => ({ id, place: index + 1 }));
  const step = direction === 'up' ? -1 : 1;
  const moved = direction === 'up' ? ordered : ordered.toReversed();
  // Those at the edge stay, and hold up those right behind them.
  let edge = direction === 'up' ? 0 : count + 1;
  return moved.flatMap(({ id, place }) => {
    const next = place + step === edge ? place : place + step;
    edge = next;
    return next === place ? [] : [{ id, place: next }];
  });
}
