import type { ExtractedEdit } from '../../contract/descriptor.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import type { Database, Statement } from '../ports/index.ts';
import { type FileRow, parseEdit, toFile, toFolded } from './library-file.ts';

export type StoredEdit = { readonly hash: ContentHash; readonly edit: ExtractedEdit };
type EditRow = { hash: string; edit: string };

/** Files of one content whose rows are brought up to date after an edit: of more copies the rest keeps the words it was found by. */
const COPIES = 1000;
/** Rows folded in one transaction. */
const FOLDED_AT_ONCE = 500;

/**
 * What is noted of contents, whatever happens to the files that have them: edits of the user, and how often others asked. Rows of files are
 * brought up to date while they are shared, others when they are shown again.
 */
export class ContentNotes {
  readonly #database: Database;
  readonly #changed: () => void;

  /** `changed`: called when there is another edit. */
  constructor(database: Database, changed: () => void = () => {}) {
    this.#database = database;
    this.#changed = changed;
  }

  async edit(hash: ContentHash): Promise<ExtractedEdit | undefined> {
    const sql = 'SELECT edit FROM content_notes WHERE hash = ?';
    return parseEdit((await this.#database.all<{ edit: string | null }>(sql, [hash]))[0]?.edit);
  }

  /** Edits of these contents, of those that have one. */
  async editsOf(hashes: readonly ContentHash[]): Promise<ReadonlyMap<ContentHash, ExtractedEdit>> {
    const sql = `SELECT hash, edit FROM content_notes
      WHERE edit IS NOT NULL AND hash IN (SELECT value FROM json_each(?))`;
    return new Map(toEdits(await this.#database.all<EditRow>(sql, [JSON.stringify(hashes)])));
  }

  /** All edits, at most `limit`. */
  async edits(limit: number): Promise<readonly StoredEdit[]> {
    const sql = 'SELECT hash, edit FROM content_notes WHERE edit IS NOT NULL ORDER BY hash LIMIT ?';
    const rows = await this.#database.all<EditRow>(sql, [limit]);
    return toEdits(rows).map(([hash, edit]) => ({ hash, edit }));
  }

  /** Replaces what the user changed of this content; undefined: nothing. */
  async setEdit(hash: ContentHash, edit: ExtractedEdit | undefined): Promise<void> {
    const sql = 'SELECT * FROM shared_files WHERE shared = 1 AND hash = ? LIMIT ?';
    const rows = await this.#database.all<FileRow>(sql, [hash, COPIES]);
    await this.#database.transact([
      toEditUpsert(hash, edit),
      ...rows.flatMap((row) => {
        const file = toFile({ ...row, edit: null });
        const words = file && toFolded({ ...file, ...(edit && { edit }) })[0];
        const set = 'UPDATE shared_files SET edit = ?, folded = ? WHERE path = ? AND hash = ?';
        return words === undefined ? [] : [{ sql: set, params: [toText(edit), words, row.path, hash] }];
      }),
    ]);
    this.#changed();
  }

  /** Adds to how often contents were asked for. */
  async addAsked(counts: ReadonlyMap<ContentHash, number>): Promise<void> {
    await this.#database.transact(
      [...counts].flatMap(([hash, times]) => [
        {
          sql: `INSERT INTO content_notes (hash, asked) VALUES (?, ?)
            ON CONFLICT (hash) DO UPDATE SET asked = asked + excluded.asked`,
          params: [hash, times],
        },
        {
          sql: `UPDATE shared_files SET asked = (SELECT asked FROM content_notes WHERE hash = ?)
            WHERE shared = 1 AND hash = ?`,
          params: [hash, hash],
        },
      ]),
    );
  }

  /** Folds rows that an older version wrote; gives whether there may be more of them. */
  async foldSome(): Promise<boolean> {
    const sql = "SELECT * FROM shared_files WHERE folded = '' ORDER BY path LIMIT ?";
    const rows = await this.#database.all<FileRow>(sql, [FOLDED_AT_ONCE]);
    await this.#database.transact(
      rows.map((row) => {
        const file = toFile(row);
        // A row that cannot be read is hashed again.
        const [folded, nameKey] = file ? toFolded(file) : [' ', ''];
        return {
          sql: "UPDATE shared_files SET folded = ?, name_key = ? WHERE path = ? AND folded = ''",
          params: [folded, nameKey, row.path],
        };
      }),
    );
    return rows.length === FOLDED_AT_ONCE;
  }
}

function toEdits(rows: readonly EditRow[]): [ContentHash, ExtractedEdit][] {
  return rows.flatMap(({ hash, edit: text }): [ContentHash, ExtractedEdit][] => {
    const edit = parseEdit(text);
    return isContentHash(hash) && edit ? [[hash, edit]] : [];
  });
}

export function toEditUpsert(hash: ContentHash, edit: ExtractedEdit | undefined): Statement {
  const sql = `INSERT INTO content_notes (hash, edit) VALUES (?, ?)
    ON CONFLICT (hash) DO UPDATE SET edit = excluded.edit`;
  return { sql, params: [hash, toText(edit)] };
}

const toText = (edit: ExtractedEdit | undefined): string | null => (edit === undefined ? null : JSON.stringify(edit));
