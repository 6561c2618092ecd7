import { z } from 'zod';
import type { Database } from '../ports/index.ts';
import { parseColumn } from './parse-column.ts';

const reasonsSchema = z.array(z.object({ why: z.string(), agoMs: z.number().min(0) }));
/** `why`, and how long before it was written. */
type StoredReason = { readonly why: string; readonly agoMs: number };
/** Strikes as they stood when they were written, at `wallMs` of this machine; all times before or after that. */
export type StoredStrikes = {
  /** A NodeId or an address block. */
  readonly key: string;
  readonly strikes: number;
  /** Of an address, those of peers behind it. */
  readonly peerStrikes: number;
  readonly agoMs: number;
  /** Rest of a ban; 0 = none. */
  readonly bannedMs: number;
  readonly reasons: readonly StoredReason[];
  readonly wallMs: number;
};
type Row = {
  readonly key: string;
  readonly strikes: number;
  readonly peer_strikes: number;
  readonly ago_ms: number;
  readonly banned_ms: number;
  readonly reasons: string;
  readonly wall_ms: number;
};

const ALL = 'SELECT key, strikes, peer_strikes, ago_ms, banned_ms, reasons, wall_ms FROM strikes';
const SAVE =
  'INSERT OR REPLACE INTO strikes (key, strikes, peer_strikes, ago_ms, banned_ms, reasons, wall_ms) VALUES (?, ?, ?, ?, ?, ?, ?)';
const REMOVE = 'DELETE FROM strikes WHERE key = ?';

/** The table behind strikes and bans. */
export class StrikeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<StoredStrikes[]> {
    const rows = await this.#database.all<Row>(ALL);
    return rows.map(({ key, strikes, peer_strikes, ago_ms, banned_ms, reasons, wall_ms }) => ({
      ...{
        key,
        strikes,
        peerStrikes: peer_strikes,
        agoMs: ago_ms,
        bannedMs: banned_ms,
        wallMs: wall_ms,
        reasons: readReasons(reasons),
      },
    }));
  }

  /** One transaction. */
  async save(changed: readonly StoredStrikes[], removed: readonly string[]): Promise<void> {
    await this.#database.transact([
      ...removed.map((key) => ({ sql: REMOVE, params: [key] })),
      ...changed.map(({ key, strikes, peerStrikes, agoMs, bannedMs, reasons, wallMs }) => ({
        sql: SAVE,
        params: [
          key,
          strikes,
          peerStrikes,
          ...[agoMs, bannedMs].map(Math.round),
          JSON.stringify(reasons),
          Math.round(wallMs),
        ],
      })),
    ]);
  }
}

function readReasons(text: string): readonly StoredReason[] {
  // Damaged: the strikes count all the same.
  return parseColumn(reasonsSchema, text) ?? [];
}
