import type { Descriptor, ExtractedEdit } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Database, FileStat, SqlValue, Statement } from '../ports/index.ts';
import { ContentNotes } from './content-notes.ts';
import { LeftOutStore } from './left-out-store.ts';
import { type FileRow, type LibraryFile, toDescriptor, toFile, toFileInsert, toFolded } from './library-file.ts';
import { type FilePage, type PageQuery, readLibraryPage } from './library-pages.ts';

export type FolderSum = { readonly folder: string; readonly files: number; readonly bytes: number };

/** The highest character: with it, a range of paths ends after everything that begins alike. */
const LAST = '\u{10ffff}';
const HIDE = 'UPDATE shared_files SET shared = 0, gone_ms = ? WHERE shared = 1 AND';

/** Shared folders and files in the main database. Files stay in it, hidden, when they are not shared any more: see `forget`. */
export class LibraryStore {
  readonly notes: ContentNotes;
  readonly leftOut: LeftOutStore;
  readonly #database: Database;
  readonly #changed: () => void;

  /** `changed`: called when what only the user can say is another: folders, files left out, edits. */
  constructor(database: Database, changed: () => void = () => {}) {
    this.#database = database;
    this.#changed = changed;
    this.notes = new ContentNotes(database, changed);
    this.leftOut = new LeftOutStore(database, changed);
  }

  async folders(): Promise<readonly string[]> {
    const rows = await this.#database.all<{ path: string }>('SELECT path FROM shared_folders ORDER BY path');
    return rows.map(({ path }) => path);
  }

  async addFolder(path: string): Promise<void> {
    await this.#database.transact([toFolderInsert(path)]);
    this.#changed();
  }

  async removeFolder(path: string): Promise<void> {
    await this.#database.transact([{ sql: 'DELETE FROM shared_folders WHERE path = ?', params: [path] }]);
    this.#changed();
  }

  /** Rows of these paths, shared or hidden; order as it comes. */
  async byPaths(paths: readonly string[]): Promise<readonly LibraryFile[]> {
    const sql = 'SELECT * FROM shared_files WHERE path IN (SELECT value FROM json_each(?))';
    return this.#files(sql, [JSON.stringify(paths)]);
  }

  /** Another name of the same unchanged file: it was moved or linked, and need not be read again. */
  async bySameFile({ inode, device, size, modifiedMs, changedMs }: FileStat): Promise<LibraryFile | undefined> {
    const sql = `SELECT * FROM shared_files
      WHERE inode = ? AND device = ? AND size = ? AND modified_ms = ? AND changed_ms = ? LIMIT 1`;
    return (await this.#files(sql, [inode, device, size, modifiedMs, changedMs]))[0];
  }

  /** Shared files with this content, at most `limit`; of any size when that is undefined. */
  byHash(hash: ContentHash, size: number | undefined, limit: number): Promise<readonly LibraryFile[]> {
    const sql =
      'SELECT * FROM shared_files WHERE shared = 1 AND hash = ? AND size BETWEEN ? AND ? ORDER BY size, path LIMIT ?';
    return this.#files(sql, [hash, size ?? 0, size ?? Number.MAX_SAFE_INTEGER, limit]);
  }

  /** Shared files in the order that is asked. */
  page(query: PageQuery): Promise<FilePage> {
    return readLibraryPage(this.#database, query);
  }

  /** One descriptor for each shared (hash, size), of the first path, in order of hash. */
  async descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]> {
    const sql = `SELECT *, min(path) FROM shared_files WHERE shared = 1 AND hash > ? GROUP BY hash, size
      ORDER BY hash, size LIMIT ?`;
    return (await this.#files(sql, [after ?? '', limit])).map(toDescriptor);
  }

  /** How many descriptors there are. */
  async countContents(): Promise<number> {
    const sql = 'SELECT count(*) AS contents FROM (SELECT DISTINCT hash, size FROM shared_files WHERE shared = 1)';
    return (await this.#database.all<{ contents: number }>(sql))[0]?.contents ?? 0;
  }

  /** Shared names directly in `parent`, after the path `after`. */
  async childPaths(parent: string, after: string, limit: number): Promise<readonly string[]> {
    const sql = 'SELECT path FROM shared_files WHERE shared = 1 AND parent = ? AND path > ? ORDER BY path LIMIT ?';
    return (await this.#database.all<{ path: string }>(sql, [parent, after, limit])).map(({ path }) => path);
  }

  async countChildren(parent: string): Promise<number> {
    const sql = 'SELECT count(*) AS files FROM shared_files WHERE shared = 1 AND parent = ?';
    return (await this.#database.all<{ files: number }>(sql, [parent]))[0]?.files ?? 0;
  }

  /** Directories with shared files of `folder` in order, those after `after`. */
  async parents(folder: string, after: string, limit: number): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT parent FROM shared_files WHERE shared = 1 AND folder = ? AND parent > ?
      ORDER BY parent LIMIT ?`;
    return (await this.#database.all<{ parent: string }>(sql, [folder, after, limit])).map(({ parent }) => parent);
  }

  sums(): Promise<readonly FolderSum[]> {
    return this.#database.all<FolderSum>(
      'SELECT folder, files, bytes FROM shared_sums WHERE files > 0 ORDER BY folder',
    );
  }

  /** Undefined when there is none: the file has one chunk only, or is not known. */
  async chunkLayer(hash: ContentHash, size: number): Promise<Uint8Array | undefined> {
    const sql = 'SELECT layer FROM chunk_layers WHERE hash = ? AND size = ?';
    return (await this.#database.all<{ layer: Uint8Array }>(sql, [hash, size]))[0]?.layer;
  }

  /** Saves a hashed file, and its chunk layer when it has one. */
  async save(file: LibraryFile, chunkLayer: Uint8Array): Promise<void> {
    const layer: Statement = {
      sql: 'INSERT INTO chunk_layers (hash, size, layer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      params: [file.hash, file.stat.size, chunkLayer],
    };
    const noted = await this.notes.edit(file.hash);
    const insert = toFileInsert(noted ? { ...file, edit: noted } : file);
    await this.#database.transact([insert, ...(chunkLayer.length > 0 ? [layer] : [])]);
  }

  /**
   * Brings the rows of unchanged files up to date: which folder they belong to, their device, that they are shared, and what was noted of their
   * contents while they were not.
   */
  async show(files: readonly LibraryFile[]): Promise<void> {
    const edits = await this.notes.editsOf(files.map(({ hash }) => hash));
    await this.#database.transact(files.map((file) => toShowUpdate(file, edits.get(file.hash))));
  }

  /** Each of these gives how many files were shared until now. */
  hide(paths: readonly string[], nowMs: number): Promise<number> {
    const sql = `${HIDE} path IN (SELECT value FROM json_each(?))`;
    return this.#change(sql, [nowMs, JSON.stringify(paths)]);
  }

  hideFolder(folder: string, nowMs: number): Promise<number> {
    return this.#change(`${HIDE} folder = ?`, [nowMs, folder]);
  }

  hideOtherFolders(folders: readonly string[], nowMs: number): Promise<number> {
    return this.#change(`${HIDE} folder NOT IN (SELECT value FROM json_each(?))`, [nowMs, JSON.stringify(folders)]);
  }

  hideChildren(parent: string, nowMs: number): Promise<number> {
    return this.#change(`${HIDE} parent = ?`, [nowMs, parent]);
  }

  /** Everything whose path begins with `prefix`, which ends in a separator. */
  hideBelow(prefix: string, nowMs: number): Promise<number> {
    return this.#change(`${HIDE} path BETWEEN ? AND ?`, [nowMs, prefix, prefix + LAST]);
  }

  /** Deletes what has been hidden since before `goneBeforeMs`, and what belongs to no file; edits of the user stay. */
  async forget(goneBeforeMs: number): Promise<void> {
    await this.#database.transact([
      { sql: 'DELETE FROM shared_files WHERE shared = 0 AND gone_ms < ?', params: [goneBeforeMs] },
      { sql: 'DELETE FROM chunk_layers WHERE (hash, size) NOT IN (SELECT hash, size FROM shared_files)' },
      { sql: 'DELETE FROM content_notes WHERE edit IS NULL AND hash NOT IN (SELECT hash FROM shared_files)' },
      { sql: 'DELETE FROM shared_sums WHERE files = 0' },
    ]);
  }

  async #files(sql: string, params: readonly SqlValue[]): Promise<readonly LibraryFile[]> {
    const rows = await this.#database.all<FileRow>(sql, params);
    return rows.map(toFile).filter((file) => file !== undefined);
  }

  async #change(sql: string, params: readonly SqlValue[]): Promise<number> {
    return (await this.#database.transact([{ sql, params }]))[0] ?? 0;
  }
}

function toShowUpdate({ edit: before, ...file }: LibraryFile, edit: ExtractedEdit | undefined): Statement {
  const { path, folder, stat, hash } = file;
  // Words are folded again only where they are others: thousands of files come back with a disk.
  const isSame = JSON.stringify(before) === JSON.stringify(edit);
  const folded = isSame ? null : toFolded({ ...file, ...(edit && { edit }) })[0];
  return {
    sql: `UPDATE shared_files SET shared = 1, gone_ms = NULL, folder = ?, device = ?, folded = coalesce(?, folded),
        asked = coalesce((SELECT asked FROM content_notes WHERE hash = ?), 0),
        edit = (SELECT edit FROM content_notes WHERE hash = ?)
      WHERE path = ?`,
    params: [folder, stat.device, folded, hash, hash, path],
  };
}

export const toFolderInsert = (path: string): Statement => ({
  sql: 'INSERT INTO shared_folders (path) VALUES (?) ON CONFLICT DO NOTHING',
  params: [path],
});
