import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import type { ReadHandle } from '../ports/index.ts';

/** A file that is still loading, as others may have it. */
export interface ServedPart {
  /** Its verified chunks, now. */
  held(): ChunkMap;
  /** False when its bytes may not be sent any more: paused, cancelled, or begun anew. */
  isServed(): boolean;
}
/** A shared file that was opened for reading; whoever got it closes the handle. `name` is its name in the descriptor. */
export type ServedFile = {
  readonly handle: ReadHandle;
  readonly size: number;
  readonly name: string;
  /** Undefined: all of it is here. */
  readonly part?: ServedPart;
};
/** `gone`: it was shared, and has changed or disappeared. `unknown`: not shared here. */
export type OpenedFile =
  | { readonly kind: 'open'; readonly file: ServedFile }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown' };

/** What the upload side needs of the library, which alone decides what is shared. */
export interface ServedFiles {
  open(hash: ContentHash): Promise<OpenedFile>;
  /** 32 bytes a chunk, empty for files of at most 1 MiB; undefined when the file is not shared any more. */
  chunkLayer(hash: ContentHash, size: number): Promise<Uint8Array | undefined>;
  /** Descriptors ordered by hash, those after `after`. */
  descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]>;
}
