import { type ContentHash, isContentHash, isNodeId, type NodeId } from '../../contract/ids.ts';
import type { Database } from '../ports/index.ts';

/** A peer that waits for a file. `sinceMs` and `polledMs` are of the monotonic clock of the run that wrote them, the same for all. */
export type StoredPlace = {
  readonly node: NodeId;
  readonly hash: ContentHash;
  readonly name: string;
  readonly sinceMs: number;
  readonly polledMs: number;
};
type Row = {
  readonly node: string;
  readonly hash: string;
  readonly name: string;
  readonly since_ms: number;
  readonly polled_ms: number;
};

const ALL = 'SELECT node, hash, name, since_ms, polled_ms FROM upload_queue ORDER BY since_ms';
const SAVE = 'INSERT OR REPLACE INTO upload_queue (node, hash, name, since_ms, polled_ms) VALUES (?, ?, ?, ?, ?)';
const REMOVE = 'DELETE FROM upload_queue WHERE node = ? AND hash = ?';
const CLEAR = 'DELETE FROM upload_queue';

/** The table behind the upload queue. */
export class UploadQueueStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Those who waited longest come first. */
  async all(): Promise<readonly StoredPlace[]> {
    const rows = await this.#database.all<Row>(ALL);
    return rows.flatMap(({ node, hash, name, since_ms: sinceMs, polled_ms: polledMs }) =>
      isNodeId(node) && isContentHash(hash) ? [{ node, hash, name, sinceMs, polledMs }] : [],
    );
  }

  /** One transaction. */
  async save(changed: readonly StoredPlace[], removed: readonly Pick<StoredPlace, 'node' | 'hash'>[]): Promise<void> {
    await this.#database.transact([
      ...removed.map(({ node, hash }) => ({ sql: REMOVE, params: [node, hash] })),
      ...changed.map(toStatement),
    ]);
  }

  /** Replaces everything, for times of a new run are not to be mixed with those of an old one. */
  async replace(places: readonly StoredPlace[]): Promise<void> {
    await this.#database.transact([{ sql: CLEAR }, ...places.map(toStatement)]);
  }
}

function toStatement({ node, hash, name, sinceMs, polledMs }: StoredPlace) {
  return { sql: SAVE, params: [node, hash, name, Math.round(sinceMs), Math.round(polledMs)] };
}
