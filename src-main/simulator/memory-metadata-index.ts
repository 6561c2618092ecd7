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
import { LeafIndex } from '../engine/supernode/leaf-index.ts';
import { nodeSha256 } from '../platform/node-sha256.ts';
import { SqliteConnection } from '../platform/sqlite/sqlite-connection.ts';
import { unpackGzip } from '../platform/unpack-gzip.ts';

/** The index of a supernode in memory, on the caller's thread: each call is done before its promise is given. */
export class MemoryMetadataIndex implements MetadataIndex {
  #sql = openEmpty();
  #index = makeIndex(this.#sql);

  async apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Promise<BatchResult> {
    const result = finish(this.#index.apply(child, packed, limits));
    finish(this.#index.tidy());
    return result;
  }

  async holding(child: NodeId): Promise<Holding> {
    return this.#index.holding(child);
  }

  async setPresent(child: NodeId, present: boolean): Promise<void> {
    this.#index.setPresent(child, present);
  }

  async drop(child: NodeId): Promise<void> {
    finish(this.#index.drop(child));
    finish(this.#index.tidy());
  }

  async search(text: string, options: { readonly limit: number; readonly start: number }): Promise<IndexAnswer> {
    return readAnswer(this.#index.search(text, options));
  }

  async lookup(hash: ContentHash, limit: number): Promise<IndexAnswer> {
    return readAnswer(this.#index.lookup(hash, limit));
  }

  async counts(): Promise<IndexCounts> {
    return this.#index.counts();
  }

  async clear(): Promise<void> {
    this.#sql.close();
    this.#sql = openEmpty();
    this.#index = makeIndex(this.#sql);
  }

  async close(): Promise<void> {
    this.#sql.close();
  }
}

const openEmpty = (): SqliteConnection => new SqliteConnection({ path: ':memory:', synchronous: 'off' });
const makeIndex = (sql: SqliteConnection): LeafIndex => new LeafIndex({ sql, sha256: nodeSha256, unpack: unpackGzip });

function finish<T>(slices: Generator<void, T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
  }
}
