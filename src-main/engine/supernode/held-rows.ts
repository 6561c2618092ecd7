import type { NodeId } from '../../contract/ids.ts';
import type { Sha256 } from '../ports/index.ts';
import { HoldingDigest } from '../wire/holding-digest.ts';
import type { RowAt } from './row-table.ts';
import { RowTable } from './row-table.ts';
import type { Shard } from './shard.ts';

/** Ids of one child's rows lie together: its number times this, plus their place. 2^25 children over the life of a process are exact in a double. */
const IDS_PER_CHILD = 2 ** 28;

/** What the index holds of one child. */
export class HeldRows {
  readonly node: NodeId;
  readonly number: number;
  readonly shard: Shard;
  readonly digest: HoldingDigest;
  readonly rows = new RowTable();
  /** The id of its first row. */
  readonly firstId: number;
  files = 0;
  /** Length of its descriptors, UTF-16 units. */
  bytes = 0;
  /** Rows before this place are in the full text. */
  indexedTo = 0;
  /** Children with the same one say together what one of them says. */
  voice: string;

  constructor(node: NodeId, options: { readonly number: number; readonly shard: Shard; readonly sha256: Sha256 }) {
    this.node = node;
    this.voice = node;
    this.number = options.number;
    this.shard = options.shard;
    this.digest = new HoldingDigest(options.sha256);
    this.firstId = options.number * IDS_PER_CHILD;
  }

  /** The id after the last one given. */
  get nextId(): number {
    return this.firstId + this.rows.nextPlace;
  }

  /** Rows not yet in the full text, with those removed since. */
  get rowsBehind(): number {
    return this.rows.nextPlace - this.indexedTo;
  }

  owns(id: number): boolean {
    return id >= this.firstId && id < this.firstId + IDS_PER_CHILD;
  }

  /** The row of an id, if this child has it. */
  find(id: number): RowAt | undefined {
    return this.owns(id) ? this.rows.find(id - this.firstId) : undefined;
  }

  /** Whether `count` more ids may be taken. Ids of removed rows are not used again. */
  hasIds(count: number): boolean {
    return this.rows.nextPlace + count <= IDS_PER_CHILD;
  }
}

/** The number of the child that has this row. */
export function numberOf(id: number): number {
  return Math.floor(id / IDS_PER_CHILD);
}
