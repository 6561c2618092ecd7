import type { PeerAddress } from '../../contract/address.ts';
import { isNodeId, type NodeId } from '../../contract/ids.ts';
import type { Database } from '../ports/index.ts';

/** A remembered supernode. `servedMs`: how long it was this peer's parent, in all. `source`: address block of who named it. */
export type StoredSupernode = {
  readonly nodeId: NodeId;
  readonly address: PeerAddress;
  readonly tried: boolean;
  readonly servedMs: number;
  readonly source: string;
};
type Row = {
  readonly node_id: string;
  readonly host: string;
  readonly port: number;
  readonly tried: number;
  readonly served_ms: number;
  readonly source: string;
};

const ALL = 'SELECT node_id, host, port, tried, served_ms, source FROM host_cache ORDER BY node_id';
const SAVE =
  'INSERT OR REPLACE INTO host_cache (node_id, host, port, tried, served_ms, source) VALUES (?, ?, ?, ?, ?, ?)';
const REMOVE = 'DELETE FROM host_cache WHERE node_id = ?';

/** The table behind the host cache. */
export class HostCacheStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async all(): Promise<readonly StoredSupernode[]> {
    const rows = await this.#database.all<Row>(ALL);
    return rows.flatMap(({ node_id: nodeId, host, port, tried, served_ms: servedMs, source }) =>
      isNodeId(nodeId) ? [{ nodeId, address: { host, port }, tried: tried === 1, servedMs, source }] : [],
    );
  }

  /** One transaction. */
  async save(changed: readonly StoredSupernode[], removed: readonly NodeId[]): Promise<void> {
    await this.#database.transact([
      ...removed.map((nodeId) => ({ sql: REMOVE, params: [nodeId] })),
      ...changed.map(({ nodeId, address, tried, servedMs, source }) => ({
        sql: SAVE,
        params: [nodeId, address.host, address.port, tried ? 1 : 0, Math.round(servedMs), source],
      })),
    ]);
  }
}
