import type { ContentHash } from '../../contract/ids.ts';
import type { FileName } from '../content/chunk-layer.ts';
import type { Pieces } from '../content/file-check.ts';
import type { WriteHandle } from './file-system.ts';

/** `chunkLayer` is 32 bytes a chunk (protocol section 6), empty for files of at most 1 MiB. */
export type HashedFile = { readonly hash: ContentHash; readonly size: number; readonly chunkLayer: Uint8Array };

/** Hashing off the event loop. */
export interface Hasher {
  /** Reads a file once, in constant memory. Fails with disk.* or with content.gone when its size changes meanwhile; an empty file is content.gone. */
  hashFile(path: string, signal?: AbortSignal): Promise<HashedFile>;
  /** The same, with SHA-256 of the whole file as 64 hex digits, for files that a list names by it. */
  digestFile(path: string, signal?: AbortSignal): Promise<HashedFile & { readonly sha256: string }>;
  /** Whether a file is made of these pieces, of whatever length, and of nothing behind them. Reads it once, in constant memory; fails with disk.*. */
  hasPieces(path: string, pieces: Pieces, signal?: AbortSignal): Promise<boolean>;
  /** Chunks will come soon: what has to be started for them is, so that the first one does not wait. */
  prepare(): void;
  /** Whether `layer`, as a stranger sent it, is the chunk layer of the file (content/chunk-layer.ts): for 2 TiB a second of work. */
  verifyLayer(layer: Uint8Array, file: FileName): Promise<boolean>;
  /**
   * Compares one chunk with its node of the chunk layer (or the root, for a file of one chunk). `leaves` is the number of leaves
   * the tree gives the chunk: 64, or for files of at most 1 MiB the power of two of their own. Takes ownership of `buffer`
   * (it may travel to another thread) and gives it back in the answer; only its first `length` bytes count.
   */
  verifyChunk(buffer: ArrayBuffer, length: number, leaves: number, expected: Uint8Array): Promise<VerifiedChunk>;
  /** The ContentHash of a file of more than 1 MiB, from its chunk layer. */
  nameOf(chunkLayer: Uint8Array): Promise<ContentHash>;
  /**
   * verifyChunk, then a right chunk is written to `target` at `position`. In one step, because its bytes still lie in the cache of the
   * core that hashed them. Fails with disk.* when writing does; the buffer is lost then.
   */
  verifyAndWrite(buffer: ArrayBuffer, check: ChunkCheck, target: WriteHandle, position: number): Promise<VerifiedChunk>;
  /** The same for a part of a file of which no chunk layer is known: by its pieces, where a list gives some. Also tells what is to be known of it. */
  checkAndWrite(buffer: ArrayBuffer, check: PartCheck, target: WriteHandle, position: number): Promise<CheckedPart>;
  /** Begins the SHA-256 of a file that is still loading; it goes on with checkAndWrite and `digestOn`. */
  newDigest(path: string): DigestName;
  /** Reads on, from where a digest has come to, up to byte `to`. Fails with disk.*, or content.gone when the file is shorter. */
  digestOn(digest: DigestName, to: number): Promise<Digested>;
}

/** Arguments of verifyChunk beside the buffer. */
export type ChunkCheck = { readonly length: number; readonly leaves: number; readonly expected: Uint8Array };
export type VerifiedChunk = { readonly ok: boolean; readonly buffer: ArrayBuffer };
/** Arguments of checkAndWrite beside the buffer. */
export type PartCheck = {
  readonly length: number;
  /** From the beginning of the part on, to its end; undefined: nothing is known of its bytes, and any are right. */
  readonly pieces: Pieces | undefined;
  /** Whether its nodes are wanted: it begins with a chunk, and ends with one or with the file. */
  readonly hasNodes: boolean;
  /** Of the whole file: it takes the part in, if that is the next one for it. */
  readonly digest: DigestName | undefined;
};
/** `nodes`: 32 bytes for each chunk of a right part, if they were wanted, else none. `digested`: bytes that the digest has come to. */
export type CheckedPart = VerifiedChunk & { readonly nodes: Uint8Array; readonly digested: number };
/** The state of a digest may be forgotten: then it reads from the beginning again. */
export type DigestName = { readonly id: number; readonly path: string };
/** SHA-256 of the first `bytes` bytes, 64 hex digits. */
export type Digested = { readonly bytes: number; readonly sha256: string };
