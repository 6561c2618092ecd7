import { type ContentHash, isContentHash, isSavedId, type SavedId } from '../../contract/ids.ts';
import type { SavedView } from '../../contract/saved.ts';
import type { Database, Statement } from '../ports/index.ts';

type Row = {
  readonly id: string;
  readonly words: string;
  readonly watch: number;
  readonly fresh: number;
  readonly last_run_ms: number | null;
  readonly results: number;
};

/** Contents known of one search; those that were not found for longest are forgotten first. */
export const MAX_KNOWN = 5000;

const ALL = 'SELECT id, words, watch, fresh, last_run_ms, results FROM saved_searches ORDER BY place';
const SAVE = `INSERT INTO saved_searches (id, words, watch, fresh, last_run_ms, results, runs) VALUES (?, ?, ?, ?, ?, ?, 0)
  ON CONFLICT (id) DO UPDATE SET words = excluded.words, watch = excluded.watch, fresh = excluded.fresh,
    last_run_ms = excluded.last_run_ms, results = excluded.results`;
const REMOVE = 'DELETE FROM saved_searches WHERE id = ?';
const COUNT_RUN = 'UPDATE saved_searches SET runs = runs + 1 WHERE id = ?';
const UNKNOWN = `SELECT value AS hash FROM json_each(?)
  WHERE NOT EXISTS (SELECT 1 FROM saved_known WHERE id = ? AND saved_known.hash = unhex(value)) ORDER BY key`;
const KNOW = `INSERT INTO saved_known (id, hash, run)
  SELECT saved_searches.id, unhex(value), runs FROM saved_searches, json_each(?) WHERE saved_searches.id = ?
  ON CONFLICT (id, hash) DO UPDATE SET run = excluded.run`;
const FORGET_OLD = `DELETE FROM saved_known WHERE id = ? AND hash IN
  (SELECT hash FROM saved_known WHERE id = ? ORDER BY run DESC, hash LIMIT -1 OFFSET ${MAX_KNOWN})`;
const FORGET = 'DELETE FROM saved_known WHERE id = ?';

/** The tables behind saved searches. */
export class SavedStore {
  readonly #database: Database;
  readonly #changed: () => void;

  /** `changed`: called when the list of saved searches may be another. */
  constructor(database: Database, changed: () => void = () => {}) {
    this.#database = database;
    this.#changed = changed;
  }

  /** In the order in which they were added. */
  async all(): Promise<readonly SavedView[]> {
    const rows = await this.#database.all<Row>(ALL);
    return rows.flatMap(({ id, words, watch, fresh, last_run_ms: lastRunMs, results }) =>
      isSavedId(id) ? [{ id, words, watch: watch === 1, fresh, lastRunMs, results }] : [],
    );
  }

  /** Adds or changes one. */
  async save(saved: SavedView): Promise<void> {
    await this.#database.transact([toSavedUpsert(saved)]);
    this.#changed();
  }

  /** Changes one, of which nothing is known any more. */
  async restart(saved: SavedView): Promise<void> {
    await this.#database.transact([toSavedUpsert(saved), { sql: FORGET, params: [saved.id] }]);
    this.#changed();
  }

  async remove(id: SavedId): Promise<void> {
    await this.#database.transact([{ sql: REMOVE, params: [id] }]);
    this.#changed();
  }

  /** Those of the contents that the search has not found before, in their order. */
  async unknown(id: SavedId, hashes: readonly ContentHash[]): Promise<readonly ContentHash[]> {
    const rows = await this.#database.all<{ hash: string }>(UNKNOWN, [JSON.stringify(hashes), id]);
    return rows.map(({ hash }) => hash).filter(isContentHash);
  }

  /** Records a run and all that it found, in one transaction. */
  async ran(saved: SavedView, hashes: readonly ContentHash[]): Promise<void> {
    const { id } = saved;
    await this.#database.transact([
      toSavedUpsert(saved),
      { sql: COUNT_RUN, params: [id] },
      { sql: KNOW, params: [JSON.stringify(hashes), id] },
      { sql: FORGET_OLD, params: [id, id] },
    ]);
  }
}

export function toSavedUpsert({ id, words, watch, fresh, lastRunMs, results }: SavedView): Statement {
  return { sql: SAVE, params: [id, words, watch ? 1 : 0, fresh, lastRunMs, results] };
}
