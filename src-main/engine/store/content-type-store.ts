import { FILE_TYPES, type FileType } from '../../contract/descriptor.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import type { Database } from '../ports/index.ts';

export type ContentType = { readonly hash: ContentHash; readonly size: number; readonly type: FileType };

/** What files are by their first bytes; of more than `MOST` the ones saved longest ago are forgotten. */
export class ContentTypeStore {
  static readonly MOST = 10_000;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The one saved last comes last. */
  async load(): Promise<ContentType[]> {
    const sql = 'SELECT hash, size, type FROM content_types ORDER BY id';
    const rows = await this.#database.all<{ hash: string; size: number; type: string }>(sql);
    return rows.flatMap(({ hash, size, type: text }) => {
      const type = FILE_TYPES.find((known) => known === text);
      return type && isContentHash(hash) ? [{ hash, size, type }] : [];
    });
  }

  async save({ hash, size, type }: ContentType): Promise<void> {
    await this.#database.transact([
      { sql: 'INSERT OR REPLACE INTO content_types (hash, size, type) VALUES (?, ?, ?)', params: [hash, size, type] },
      {
        sql: 'DELETE FROM content_types WHERE id <= (SELECT max(id) FROM content_types) - ?',
        params: [ContentTypeStore.MOST],
      },
    ]);
  }
}
