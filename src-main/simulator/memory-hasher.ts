import { equalBytes, toHex } from '../contract/bytes.ts';
import { AppError } from '../contract/errors.ts';
import type { ContentHash } from '../contract/ids.ts';
import { checkChunkLayer, type FileName, fileRoot } from '../engine/content/chunk-layer.ts';
import { chunkNodes } from '../engine/content/chunk-nodes.ts';
import { chunkRoot } from '../engine/content/chunk-root.ts';
import { arePieces, type Pieces, pieceHashes } from '../engine/content/file-check.ts';
import { type HashInto, hashInto } from '../engine/content/hash-into.ts';
import { TreeHasher } from '../engine/content/tree-hasher.ts';
import type {
  CheckedPart,
  ChunkCheck,
  Digested,
  DigestName,
  FileSystem,
  HashedFile,
  Hasher,
  PartCheck,
  ReadHandle,
  Sha256,
  VerifiedChunk,
  WriteHandle,
} from '../engine/ports/index.ts';

const READ_BYTES = 256 * 1024;

/** Hashes files of a FileSystem port on this thread, awaiting nothing else. */
export class MemoryHasher implements Hasher {
  readonly #files: FileSystem;
  readonly #hash: HashInto;
  readonly #sha256: Sha256;

  constructor({ files, sha256 }: { readonly files: FileSystem; readonly sha256: Sha256 }) {
    this.#files = files;
    this.#hash = hashInto(sha256);
    this.#sha256 = sha256;
  }

  async hashFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
    signal?.throwIfAborted();
    const handle = await this.#files.openRead(path);
    if (!handle) throw new AppError('disk.missing', { path });
    try {
      return await this.#hashHandle(handle, signal);
    } finally {
      await handle.close();
    }
  }

  async digestFile(path: string, signal?: AbortSignal): Promise<HashedFile & { readonly sha256: string }> {
    const hashed = await this.hashFile(path, signal);
    const bytes = (await this.#files.readSmall(path, hashed.size)) ?? new Uint8Array(0);
    return { ...hashed, sha256: toHex(this.#sha256(bytes)) };
  }

  async hasPieces(path: string, pieces: Pieces, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    const { size } = (await this.#files.stat(path)) ?? {};
    if (size === undefined) throw new AppError('disk.missing', { path });
    const bytes = (await this.#files.readSmall(path, size)) ?? new Uint8Array(0);
    return pieceHashes(pieces).length === Math.ceil(size / pieces.bytes) && arePieces(bytes, pieces, this.#hash);
  }

  prepare(): void {
    // Nothing to start: it works on this thread.
  }

  async verifyLayer(layer: Uint8Array, file: FileName): Promise<boolean> {
    return checkChunkLayer(layer, file, this.#hash);
  }

  async verifyChunk(buffer: ArrayBuffer, length: number, leaves: number, expected: Uint8Array): Promise<VerifiedChunk> {
    const root = chunkRoot(new Uint8Array(buffer, 0, length), leaves, this.#hash);
    return { ok: equalBytes(root, expected), buffer };
  }

  async nameOf(chunkLayer: Uint8Array): Promise<ContentHash> {
    return toHex(fileRoot(chunkLayer, this.#hash)) as ContentHash;
  }

  async verifyAndWrite(
    buffer: ArrayBuffer,
    { length, leaves, expected }: ChunkCheck,
    target: WriteHandle,
    position: number,
  ): Promise<VerifiedChunk> {
    const checked = await this.verifyChunk(buffer, length, leaves, expected);
    if (checked.ok) await target.write(new Uint8Array(checked.buffer, 0, length), position);
    return checked;
  }

  async checkAndWrite(
    buffer: ArrayBuffer,
    { length, pieces, hasNodes }: PartCheck,
    target: WriteHandle,
    position: number,
  ): Promise<CheckedPart> {
    const bytes = new Uint8Array(buffer, 0, length);
    const ok = !pieces || arePieces(bytes, pieces, this.#hash);
    const nodes = ok && hasNodes ? chunkNodes(bytes, this.#hash) : new Uint8Array(0);
    if (ok) await target.write(bytes, position);
    return { ok, buffer, nodes, digested: 0 };
  }

  newDigest(path: string): DigestName {
    return { id: 0, path };
  }

  /** It keeps no state, and reads from the beginning each time. */
  async digestOn({ path }: DigestName, to: number): Promise<Digested> {
    const bytes = new Uint8Array(to);
    const handle = await this.#files.openRead(path);
    if (!handle) throw new AppError('disk.missing', { path });
    try {
      if ((await handle.read(bytes, 0)) < to) throw new AppError('content.gone');
    } finally {
      await handle.close();
    }
    return { bytes: to, sha256: toHex(this.#sha256(bytes)) };
  }

  async #hashHandle(handle: ReadHandle, signal: AbortSignal | undefined): Promise<HashedFile> {
    const before = await handle.stat();
    const hasher = new TreeHasher(this.#hash);
    const buffer = new Uint8Array(READ_BYTES);
    for (let at = 0; at < before.size; ) {
      const read = await handle.read(buffer.subarray(0, Math.min(READ_BYTES, before.size - at)), at);
      signal?.throwIfAborted();
      if (read === 0) break;
      hasher.update(buffer.subarray(0, read));
      at += read;
    }
    const hashed = hasher.finish();
    const after = await handle.stat();
    const isSame = after.size === before.size && after.modifiedMs === before.modifiedMs && hashed?.size === before.size;
    if (!hashed || !isSame) throw new AppError('content.gone');
    return hashed;
  }
}
