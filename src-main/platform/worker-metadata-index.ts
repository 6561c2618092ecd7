import { join } from 'node:path';
import type { ContentHash, NodeId } from '../contract/ids.ts';
import { readAnswer } from '../engine/ports/answer-text.ts';
import type {
  BatchResult,
  Holding,
  IndexAnswer,
  IndexCounts,
  IndexLimits,
  MetadataIndex,
} from '../engine/ports/index.ts';
import { WorkerCalls } from './worker-calls.ts';
import { workerUrl } from './worker-url.ts';
import type { IndexWorkerApi, IndexWorkerData } from './workers/index-worker.ts';

/** Page cache of the index: its full text of 300,000 files takes 15 MiB. */
const CACHE_KIB = 32_768;

/**
 * Memory for new objects, MiB. What lives in it is copied while queries wait, 1 to 2 ms each time whatever its size: measured with 6, 12, 32,
 * 64 and 128 MiB this stopped 3900, 2100, 500, 250 and 150 queries of 9,000.
 */
const YOUNG_MB = 64;

/**
 * The index of a supernode on a thread of its own, in a file `index.db` of `folder` that only lives as long as the thread: from the
 * first call that needs it to `clear` or `close`. A leaf has neither.
 */
export class WorkerMetadataIndex implements MetadataIndex {
  readonly #data: IndexWorkerData;
  /** A promise, awaited once by each call, so that calls keep their order. */
  #thread: Promise<WorkerCalls<IndexWorkerApi>> | undefined;
  /** The end of earlier threads, which had the same file. */
  #ending: Promise<void> = Promise.resolve();

  constructor({ folder }: { readonly folder: string }) {
    this.#data = { path: join(folder, 'index.db'), cacheKib: CACHE_KIB };
  }

  async apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Promise<BatchResult> {
    return (await this.#started()).call('apply', child, packed, limits);
  }

  async holding(child: NodeId): Promise<Holding> {
    return (await this.#started()).call('holding', child);
  }

  /** Without a thread there are no rows that this is about. */
  async setPresent(child: NodeId, present: boolean): Promise<void> {
    await (await this.#thread)?.call('setPresent', child, present);
  }

  /** As for `setPresent`. */
  async drop(child: NodeId): Promise<void> {
    await (await this.#thread)?.call('drop', child);
  }

  async search(text: string, options: { readonly limit: number; readonly start: number }): Promise<IndexAnswer> {
    return readAnswer(await (await this.#started()).call('search', text, options));
  }

  async lookup(hash: ContentHash, limit: number): Promise<IndexAnswer> {
    return readAnswer(await (await this.#started()).call('lookup', hash, limit));
  }

  async counts(): Promise<IndexCounts> {
    return (await this.#thread)?.call('counts') ?? { children: 0, rows: 0, contents: 0, bytes: 0 };
  }

  clear(): Promise<void> {
    const ended = this.#thread?.then((thread) => thread.close(() => thread.call('close')));
    this.#thread = undefined;
    // A failure is told to who cleared; the next thread makes the file anew whatever it was.
    if (ended) this.#ending = ended.catch(() => undefined);
    return ended ?? this.#ending;
  }

  close(): Promise<void> {
    return this.clear();
  }

  #started(): Promise<WorkerCalls<IndexWorkerApi>> {
    this.#thread ??= this.#ending.then(() => {
      const limits = { maxYoungGenerationSizeMb: YOUNG_MB };
      return new WorkerCalls<IndexWorkerApi>(workerUrl('index-worker'), this.#data, limits);
    });
    return this.#thread;
  }
}
