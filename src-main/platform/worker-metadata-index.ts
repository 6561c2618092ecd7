import { join } from 'node:path';
import type { ContentHash, NodeId } from '../contract/ids.ts';
import type { BatchResult, Holding, IndexAnswer, IndexLimits, MetadataIndex } from '../engine/ports/index.ts';
import { WorkerCalls } from './worker-calls.ts';
import { workerUrl } from './worker-url.ts';
import type { IndexWorkerApi, IndexWorkerData } from './workers/index-worker.ts';

/** Page cache of the index: its full text of 300,000 files fits; the files themselves are read through the system's cache. */
const CACHE_KIB = 65_536;

/** The index of a supernode on a thread of its own, in a file `index.db` of `folder` that only lives as long as this. */
export class WorkerMetadataIndex implements MetadataIndex {
  readonly #calls: WorkerCalls<IndexWorkerApi>;

  constructor({ folder }: { readonly folder: string }) {
    const data: IndexWorkerData = { path: join(folder, 'index.db'), cacheKib: CACHE_KIB };
    this.#calls = new WorkerCalls<IndexWorkerApi>(workerUrl('index-worker'), data);
  }

  apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Promise<BatchResult> {
    return this.#calls.call('apply', child, packed, limits);
  }

  holding(child: NodeId): Promise<Holding> {
    return this.#calls.call('holding', child);
  }

  setPresent(child: NodeId, present: boolean): Promise<void> {
    return this.#calls.call('setPresent', child, present);
  }

  drop(child: NodeId): Promise<void> {
    return this.#calls.call('drop', child);
  }

  search(text: string, options: { readonly limit: number; readonly start: number }): Promise<IndexAnswer> {
    return this.#calls.call('search', text, options);
  }

  lookup(hash: ContentHash, limit: number): Promise<IndexAnswer> {
    return this.#calls.call('lookup', hash, limit);
  }

  counts(): Promise<{ readonly children: number; readonly rows: number }> {
    return this.#calls.call('counts');
  }

  close(): Promise<void> {
    return this.#calls.close(() => this.#calls.call('close'));
  }
}
