import { isNodeId, type NodeId } from '../../contract/ids.ts';
import type { Database } from '../ports/index.ts';

/** Bytes exchanged with one peer, as they counted at `atMs` of the ledger's time. */
export type StoredCredit = {
  readonly node: NodeId;
  readonly received: number;
  readonly sent: number;
  readonly atMs: number;
};
/** When it was written: the ledger's time, and this machine's. */
type Written = { readonly atMs: number; readonly wallMs: number };
type Row = { readonly node: string; readonly received: number; readonly sent: number; readonly at_ms: number };
type ClockRow = { readonly at_ms: number; readonly wall_ms: number };

const ALL = 'SELECT node, received, sent, at_ms FROM upload_credit';
const SAVE = 'INSERT OR REPLACE INTO upload_credit (node, received, sent, at_ms) VALUES (?, ?, ?, ?)';
const REMOVE = 'DELETE FROM upload_credit WHERE node = ?';
const CLOCK = 'SELECT at_ms, wall_ms FROM upload_credit_clock WHERE id = 1';
const SET_CLOCK = 'INSERT OR REPLACE INTO upload_credit_clock (id, at_ms, wall_ms) VALUES (1, ?, ?)';

/** The tables behind the credit of peers. */
export class CreditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All that is known; times are 0 before anything was written. */
  async load(): Promise<Written & { readonly peers: readonly StoredCredit[] }> {
    const [clock] = await this.#database.all<ClockRow>(CLOCK);
    const rows = await this.#database.all<Row>(ALL);
    const peers = rows.flatMap(({ node, received, sent, at_ms: atMs }) =>
      isNodeId(node) ? [{ node, received, sent, atMs }] : [],
    );
    return { atMs: clock?.at_ms ?? 0, wallMs: clock?.wall_ms ?? 0, peers };
  }

  /** One transaction. */
  async save(
    of: Written & { readonly changed: readonly StoredCredit[]; readonly removed: readonly NodeId[] },
  ): Promise<void> {
    await this.#database.transact([
      ...of.removed.map((node) => ({ sql: REMOVE, params: [node] })),
      ...of.changed.map(({ node, received, sent, atMs }) => ({
        sql: SAVE,
        params: [node, Math.round(received), Math.round(sent), Math.round(atMs)],
      })),
      { sql: SET_CLOCK, params: [Math.round(of.atMs), Math.round(of.wallMs)] },
    ]);
  }
}
