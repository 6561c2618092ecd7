import { MAX_LEFT_OUT_FILES } from '../../contract/shared-files.ts';
import type { Database, Statement } from '../ports/index.ts';

/** Files that the user left out of what is shared, by their real paths. */
export class LeftOutStore {
  readonly #database: Database;
  readonly #changed: () => void;

  /** `changed`: called when the list is another. */
  constructor(database: Database, changed: () => void = () => {}) {
    this.#database = database;
    this.#changed = changed;
  }

  /** In order. */
  async all(): Promise<readonly string[]> {
    const sql = 'SELECT path FROM left_out_files ORDER BY path LIMIT ?';
    return (await this.#database.all<{ path: string }>(sql, [MAX_LEFT_OUT_FILES])).map(({ path }) => path);
  }

  async add(path: string): Promise<void> {
    await this.#database.transact([toLeftOutInsert(path)]);
    this.#changed();
  }

  async remove(path: string): Promise<void> {
    await this.#database.transact([{ sql: 'DELETE FROM left_out_files WHERE path = ?', params: [path] }]);
    this.#changed();
  }
}

export const toLeftOutInsert = (path: string): Statement => ({
  sql: 'INSERT INTO left_out_files (path) VALUES (?) ON CONFLICT DO NOTHING',
  params: [path],
});
