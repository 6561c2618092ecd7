import type { Statement } from '../ports/database.ts';
import type { StoredDownload } from '../store/download-store.ts';
import { type EndedDownload, toHistoryInsert } from '../store/history-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import { isCancelled } from './left-parts.ts';

const isOver = ({ state }: StoredDownload): boolean => state === 'done' || state === 'failed';

/** How a download ended with this change; undefined when it goes on, or had ended before: forgetting it is no end. */
function toEnded(
  before: StoredDownload,
  after: StoredDownload,
  measured: Pick<EndedDownload, 'bytes' | 'endedMs'>,
): EndedDownload | undefined {
  if (isOver(before) || !isOver(after)) return undefined;
  const { hash, name, size = null, state, finalPath, reason } = after;
  const isDone = state === 'done';
  const outcome = isDone ? 'done' : isCancelled(after) ? 'cancelled' : 'failed';
  return {
    hash: hash ?? null,
    name,
    size,
    outcome,
    path: (isDone ? finalPath : undefined) ?? null,
    reason,
    ...measured,
  };
}

/** Its entry in the history, when it ended with this change. */
export function toHistory(
  before: StoredDownload,
  after: StoredDownload,
  bytes: number,
  { clock, settings }: Pick<DownloadDeps, 'clock' | 'settings'>,
): readonly Statement[] {
  const ended = toEnded(before, after, { bytes, endedMs: Math.round(clock.wallMs()) });
  return ended ? toHistoryInsert(ended, settings()['download.history']) : [];
}
