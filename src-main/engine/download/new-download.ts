import type { PeerTarget } from '../../contract/address.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { SourceId } from '../../contract/web-url.ts';
import { MAX_FILE_BYTES } from '../content/constants.ts';
import type { FileCheck } from '../content/file-check.ts';
import type { StoredDownload } from '../store/download-store.ts';
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
  { hash, size }: NewDownload,
  others: readonly StoredDownload[],
  requireAllowed: (hash: ContentHash) => void,
): AppError | undefined {
  try {
    if (hash !== undefined) requireAllowed(hash);
  } catch (error) {
    return toAppError(error);
  }
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
