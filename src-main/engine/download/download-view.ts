import type { FileType } from '../../contract/descriptor.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { DownloadState, DownloadView } from '../../contract/transfer.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { Source } from './source.ts';

type Shown = {
  readonly state: DownloadState;
  readonly reason: ErrorCode | null;
  readonly place: number;
  readonly secondsLeft: number | null;
  readonly size: number | undefined;
  readonly doneBytes: number;
  readonly rateBps: number;
  readonly path: string;
  readonly found: FileType | null;
  readonly blockedBy: string | null;
  readonly sources: readonly Source[];
};

/** A download as faces see it. */
export function toDownloadView(stored: StoredDownload, shown: Shown): DownloadView {
  const { id, hash = null, name, maxSources = null, rateLimit, addedMs = 0 } = stored;
  const { state, reason, place, size = null, doneBytes, path, found, blockedBy } = shown;
  const rate = state === 'downloading' ? Math.round(shown.rateBps) : 0;
  const mayEnd = state === 'downloading' || state === 'queued';
  return {
    ...{ id, hash, name, size, state, reason, rate, maxSources, rateLimit, place, addedMs, path, found, blockedBy },
    done: state === 'done' && size !== null ? size : doneBytes,
    etaSeconds: mayEnd ? shown.secondsLeft : null,
    sources: shown.sources.map((source) => source.view()),
  };
}
