import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type {
  BatchResult,
  Holding,
  IndexAnswer,
  IndexCounts,
  IndexLimits,
  MetadataIndex,
} from '../../src-main/engine/ports/index.ts';
import { MemoryMetadataIndex } from '../../src-main/simulator/memory-metadata-index.ts';

/** The real index, whose state a test can look at without waiting. */
export class WatchedIndex implements MetadataIndex {
  /** Files held of each child that has any. */
  readonly files = new Map<NodeId, number>();
  readonly present = new Set<NodeId>();
  /** Address blocks of children, as far as they are told. */
  readonly blocks = new Map<NodeId, string | undefined>();
  /** Batches that were applied or refused. */
  batches = 0;
  /** Batches wait for this. */
  pause: Promise<void> | undefined;
  readonly #index = new MemoryMetadataIndex();

  async apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Promise<BatchResult> {
    this.batches++;
    this.blocks.set(child, limits.block);
    await this.pause;
    const result = await this.#index.apply(child, packed, limits);
    if (result.ok) this.files.set(child, result.holding.files);
    return result;
  }

  holding(child: NodeId): Promise<Holding> {
    return this.#index.holding(child);
  }

  setPresent(child: NodeId, present: boolean): Promise<void> {
    if (present) this.present.add(child);
    else this.present.delete(child);
    return this.#index.setPresent(child, present);
  }

  drop(child: NodeId): Promise<void> {
    this.files.delete(child);
    this.present.delete(child);
    return this.#index.drop(child);
  }

  search(text: string, options: { readonly limit: number; readonly start: number }): Promise<IndexAnswer> {
    return this.#index.search(text, options);
  }

  lookup(hash: ContentHash, limit: number): Promise<IndexAnswer> {
    return this.#index.lookup(hash, limit);
  }

  counts(): Promise<IndexCounts> {
    return this.#index.counts();
  }

  clear(): Promise<void> {
    this.files.clear();
    this.present.clear();
    return this.#index.clear();
  }

  close(): Promise<void> {
    return this.#index.close();
  }
}
