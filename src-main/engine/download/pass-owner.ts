import type { FileCheck } from '../content/file-check.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { TokenBucket } from '../token-bucket.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import type { Phase } from './download-state.ts';
import type { PreviewedPart } from './previewed-part.ts';
import type { SourcePool } from './source-pool.ts';
import type { Wakeup } from './wakeup.ts';

/** The download that a pass works for. */
export interface PassOwner {
  readonly stored: StoredDownload;
  /** What a list says of its bytes. */
  readonly check: FileCheck | undefined;
  readonly pool: SourcePool;
  readonly news: Wakeup;
  readonly buffers: ChunkBuffers;
  readonly preview: PreviewedPart;
  /** Of all downloads. */
  readonly limit: TokenBucket;
  /** Whether it is this download's turn. */
  readonly mayRun: boolean;
  /** Bytes that other downloads will still write to the same folder. */
  othersNeed(): number;
  change(change: Partial<StoredDownload>): Promise<void>;
  enter(phase: Phase): void;
  progressed(): void;
  sourcesChanged(): void;
  saveSources(): Promise<void>;
}
