import type { Database } from '../ports/index.ts';

type Row = { readonly run: number; readonly up_ms: number };

const ALL = 'SELECT run, up_ms FROM uptimes ORDER BY run DESC';
const SAVE = 'INSERT OR REPLACE INTO uptimes (run, up_ms) VALUES (?, ?)';
const PRUNE = 'DELETE FROM uptimes WHERE run <= ?';

/** The table behind the uptime history: how long each of the last runs was up. */
export class UptimeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Latest first. */
  async all(): Promise<readonly { readonly run: number; readonly upMs: number }[]> {
    const rows = await this.#database.all<Row>(ALL);
    return rows.map(({ run, up_ms: upMs }) => ({ run, upMs }));
  }

  /** Keeps `run` and those after `forgetUpTo`. */
  async save(run: number, upMs: number, forgetUpTo: number): Promise<void> {
    await this.#database.transact([
      { sql: SAVE, params: [run, upMs] },
      { sql: PRUNE, params: [forgetUpTo] },
    ]);
  }
}
