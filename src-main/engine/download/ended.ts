import type { StoredDownload } from '../store/download-store.ts';
import type { EndedDownload } from '../store/history-store.ts';
import { isCancelled } from './left-parts.ts';

const isOver = ({ state }: StoredDownload): boolean => state === 'done' || state === 'failed';

/** How a download ended with this change; undefined when it goes on, or had ended before: forgetting it is no end. */
export function toEnded(
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
