import type { NodeId } from '../../contract/ids.ts';
import type { Sha256 } from '../ports/index.ts';
import type { IdRange } from '../store/index-store.ts';
import { HoldingDigest } from '../wire/holding-digest.ts';
import type { Shard } from './shard.ts';

/** Row ids of one child lie together: its number times this, plus a count. 2^25 children over the life of a process are exact in a double. */
export const IDS_PER_CHILD = 2 ** 28;

/** What the index holds of one child, beside the rows. */
export class HeldRows {
  readonly node: NodeId;
  readonly number: number;
  readonly shard: Shard;
  readonly digest: HoldingDigest;
  /** Every id that the child may ever have. */
  readonly ids: IdRange;
  files = 0;
  /** Length of its descriptors, UTF-16 units. */
  bytes = 0;
  #nextId: number;

  constructor(node: NodeId, options: { readonly number: number; readonly shard: Shard; readonly sha256: Sha256 }) {
    const from = options.number * IDS_PER_CHILD;
    this.node = node;
    this.number = options.number;
    this.shard = options.shard;
    this.digest = new HoldingDigest(options.sha256);
    this.ids = { from, to: from + IDS_PER_CHILD - 1 };
    this.#nextId = from;
  }

  /** The id after the last one given. */
  get nextId(): number {
    return this.#nextId;
  }

  owns(id: number): boolean {
    return id >= this.ids.from && id <= this.ids.to;
  }

  /** Whether `count` more ids may be taken. Ids of removed rows are not used again. */
  hasIds(count: number): boolean {
    return this.#nextId + count <= this.ids.to;
  }

  takeId(): number {
    return this.#nextId++;
  }
}
