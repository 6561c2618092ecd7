import { availableParallelism } from 'node:os';
import type { ContentHash } from '../contract/ids.ts';
import type { FileName } from '../engine/content/chunk-layer.ts';
import type { Pieces } from '../engine/content/file-check.ts';
import type {
  CheckedPart,
  ChunkCheck,
  Digested,
  DigestName,
  HashedFile,
  Hasher,
  PartCheck,
  VerifiedChunk,
  WriteHandle,
} from '../engine/ports/index.ts';
import type { WritePlace } from './direct-writer.ts';
import { NodeFileHandle } from './node-file-handle.ts';
import { WorkerPool } from './pool/worker-pool.ts';
import { workerUrl } from './worker-url.ts';
import type { HashWorkerApi } from './workers/hash-worker.ts';

/** A thread without work ends after this (design section 3). */
export const HASH_IDLE_MS = 30_000;
/** Two threads hash faster than any disk but the fastest gives, and leave the rest of the machine to its owner. */
const MOST_THREADS = 2;
/** Chunks given to one thread at once: the next is there when one is done, however busy the event loop is. */
const CHUNKS_AHEAD = 8;

/**
 * One thread checks and writes more than 1 GB/s, as much as the event loop receives. A second one would spin on the lock that the system
 * holds while a file is written (measured: 6 % of all time on two cores).
 */
const CHUNK_THREADS = 1;

export const hashThreads = (): number => Math.min(MOST_THREADS, availableParallelism());

/** Hashes in worker threads. Chunks of downloads have threads of their own, so that they never wait for a long file. */
export class HashPool implements Hasher {
  readonly #files: WorkerPool<HashWorkerApi>;
  readonly #chunks: WorkerPool<HashWorkerApi>;
  readonly #digests: WorkerPool<HashWorkerApi>;
  /** When the last part that was given for a digest is in its line, so that the next one comes after it. */
  readonly #inLine = new WeakMap<DigestName, Promise<void>>();
  #nextDigest = 0;

  constructor({ threads = hashThreads(), idleMs = HASH_IDLE_MS }: { threads?: number; idleMs?: number } = {}) {
    const common = { url: workerUrl('hash-worker'), threads, idleMs };
    this.#files = new WorkerPool({ ...common, depth: 1 });
    this.#chunks = new WorkerPool({ ...common, threads: CHUNK_THREADS, depth: CHUNKS_AHEAD });
    // One thread, which has the states; beside the chunks, for a second pass over all bytes would take half as long again there.
    this.#digests = new WorkerPool({ ...common, threads: 1, depth: CHUNKS_AHEAD });
  }

  /** Threads that exist now. */
  get threadCount(): number {
    return this.#files.threadCount + this.#chunks.threadCount + this.#digests.threadCount;
  }

  hashFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
    return this.#files.run('hashFile', [path], { signal });
  }

  digestFile(path: string, signal?: AbortSignal): Promise<HashedFile & { readonly sha256: string }> {
    return this.#files.run('digestFile', [path], { signal });
  }

  hasPieces(path: string, pieces: Pieces, signal?: AbortSignal): Promise<boolean> {
    return this.#files.run('hasPieces', [path, pieces], { signal });
  }

  prepare(): void {
    this.#chunks.prepare();
  }

  verifyLayer(layer: Uint8Array, file: FileName): Promise<boolean> {
    // A view would take along all that it is a view of.
    return this.#chunks.run('verifyLayer', [layer.slice(), file]);
  }

  verifyChunk(buffer: ArrayBuffer, length: number, leaves: number, expected: Uint8Array): Promise<VerifiedChunk> {
    return this.#chunks.run('verifyChunk', [buffer, length, leaves, expected], { moved: [buffer] });
  }

  nameOf(chunkLayer: Uint8Array): Promise<ContentHash> {
    return this.#chunks.run('nameOf', [chunkLayer.slice()]);
  }

  async verifyAndWrite(
    buffer: ArrayBuffer,
    { length, leaves, expected }: ChunkCheck,
    target: WriteHandle,
    position: number,
  ): Promise<VerifiedChunk> {
    const place = placeIn(target, position);
    if (place)
      return this.#chunks.run('verifyAndWrite', [buffer, length, leaves, expected, place], { moved: [buffer] });
    const checked = await this.verifyChunk(buffer, length, leaves, expected);
    if (checked.ok) await target.write(new Uint8Array(checked.buffer, 0, length), position);
    return checked;
  }

  async checkAndWrite(
    buffer: ArrayBuffer,
    check: PartCheck,
    target: WriteHandle,
    position: number,
  ): Promise<CheckedPart> {
    const { length, digest } = check;
    const place = placeIn(target, position);
    const before = digest && this.#inLine.get(digest);
    const isInLine = Promise.withResolvers<void>();
    if (digest) this.#inLine.set(digest, isInLine.promise);
    try {
      const checked = await this.#chunks.run('checkAndWrite', [buffer, check, place], { moved: [buffer] });
      if (!place && checked.ok) await target.write(new Uint8Array(checked.buffer, 0, length), position);
      await before;
      if (!digest || !checked.ok) return checked;
      const fed = this.#digests.run('feed', [digest, checked.buffer, length, position], { moved: [checked.buffer] });
      isInLine.resolve();
      return { ...checked, ...(await fed) };
    } finally {
      isInLine.resolve();
    }
  }

  newDigest(path: string): DigestName {
    return { id: this.#nextDigest++, path };
  }

  digestOn(digest: DigestName, to: number): Promise<Digested> {
    return this.#digests.run('digestOn', [digest, to]);
  }

  /** Ends the threads; what they still do fails. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all([this.#files.stop(), this.#chunks.stop(), this.#digests.stop()]);
  }
}

/** Where a thread may write by itself; undefined for files of another kind. */
function placeIn(target: WriteHandle, position: number): WritePlace | undefined {
  if (!(target instanceof NodeFileHandle)) return undefined;
  const { descriptor, directDescriptor: direct, path } = target;
  return { descriptor, direct, path, position };
}
