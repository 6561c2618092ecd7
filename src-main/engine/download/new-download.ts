import type { PeerTarget } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { SourceId } from '../../contract/web-url.ts';
import { MAX_FILE_BYTES } from '../content/constants.ts';
import type { FileCheck } from '../content/file-check.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import type { FoundSource } from './source.ts';

export type NewDownload = {
  /** Undefined: named by `check`, and on the web. */
  readonly hash: ContentHash | undefined;
  readonly size?: number | undefined;
  readonly name?: string | undefined;
  readonly output?: string | undefined;
  readonly maxSources?: number | undefined;
  readonly only?: SourceId | undefined;
  readonly sources?: readonly FoundSource[];
  /** What the user named, with or without a key. */
  readonly given?: readonly PeerTarget[];
  readonly check?: FileCheck | undefined;
};

/** Why it cannot be added to others of the same hashes: input.invalid, content.blocked, or download.exists when the same file is on its way. */
export function whyNotNew(
  { hash, size, name = '' }: NewDownload,
  others: readonly StoredDownload[],
  blockedBy: DownloadDeps['blockedBy'],
): AppError | undefined {
  const rule = blockedBy({ hash, name });
  if (rule !== undefined) return new AppError('content.blocked', { rule });
  if (size !== undefined && size > MAX_FILE_BYTES) {
    return new AppError('input.invalid', {
      what: 'size',
      why: `more than ${MAX_FILE_BYTES} bytes cannot be downloaded`,
    });
  }
  const same = others.find(
    (other) =>
      other.state !== 'done' &&
      other.state !== 'failed' &&
      (size === undefined || other.size === undefined || other.size === size),
  );
  return same && new AppError('download.exists', { id: same.id });
}

type Placed = Pick<StoredDownload, 'id' | 'folder' | 'place' | 'addedMs'>;

/** As it is stored at first. */
export function toStored(wanted: NewDownload, placed: Placed): StoredDownload {
  const { hash, size, name, output, maxSources, only, sources = [] } = wanted;
  return {
    ...{ hash, size, output, maxSources, only, ...placed },
    name: name ?? sources.find((source) => source.name !== undefined)?.name ?? hash ?? placed.id,
    state: 'wanted',
    reason: null,
    finalPath: undefined,
    sizeGiven: size !== undefined,
    rateLimit: 0,
    isAccepted: false,
  };
}
