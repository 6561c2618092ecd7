import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import { MAX_LEFT_OUT_FILES } from '../../contract/shared-files.ts';
import type { Database, FileStat, Statement } from '../ports/index.ts';

/** What names a file whatever its path is. */
export type FileIdentity = Pick<FileStat, 'size' | 'modifiedMs' | 'inode' | 'device'>;
/** A file that is left out, by its real path. `hash`: of what it held when that was chosen. Both undefined when it is not known. */
export type LeftOutFile = {
  readonly path: string;
  readonly identity: FileIdentity | undefined;
  readonly hash: ContentHash | undefined;
};
type Row = {
  path: string;
  size: number | null;
  modified_ms: number | null;
  inode: string | null;
  device: string | null;
  hash: string | null;
};

/** Files that the user left out of what is shared. */
export class LeftOutStore {
  readonly #database: Database;
  readonly #changed: () => void;

  /** `changed`: called when the list is another. */
  constructor(database: Database, changed: () => void = () => {}) {
    this.#database = database;
    this.#changed = changed;
  }

  /** In order. */
  async all(): Promise<readonly LeftOutFile[]> {
    const sql = 'SELECT * FROM left_out_files ORDER BY path LIMIT ?';
    return (await this.#database.all<Row>(sql, [MAX_LEFT_OUT_FILES])).map(toLeftOut);
  }

  async add(file: LeftOutFile): Promise<void> {
    await this.#database.transact([toLeftOutUpsert(file)]);
    this.#changed();
  }

  /** Of files that are left out still. */
  async setIdentities(files: readonly { readonly path: string; readonly identity: FileIdentity }[]): Promise<void> {
    await this.#database.transact(files.map(({ path, identity }) => toIdentityUpdate(path, identity)));
  }

  async setHash(path: string, hash: ContentHash): Promise<void> {
    await this.#database.transact([toHashUpdate(path, hash)]);
  }

  async remove(path: string): Promise<void> {
    await this.#database.transact([toDelete(path)]);
    this.#changed();
  }

  /** Replaces a file that has another path now. */
  async move(from: string, to: LeftOutFile): Promise<void> {
    await this.#database.transact([toDelete(from), toLeftOutUpsert(to)]);
    this.#changed();
  }

  /** Adds `to`, which is what was known at the path of `left`. */
  async split(left: LeftOutFile, to: LeftOutFile): Promise<void> {
    const { path, identity, hash } = left;
    await this.#database.transact([toLeftOutUpsert(to), toIdentityUpdate(path, identity), toHashUpdate(path, hash)]);
    this.#changed();
  }
}

function toLeftOut({ path, size, modified_ms, inode, device, hash }: Row): LeftOutFile {
  const isKnown = size !== null && modified_ms !== null && inode !== null && device !== null;
  return {
    path,
    identity: isKnown ? { size, modifiedMs: modified_ms, inode, device } : undefined,
    hash: hash !== null && isContentHash(hash) ? hash : undefined,
  };
}

const toDelete = (path: string): Statement => ({ sql: 'DELETE FROM left_out_files WHERE path = ?', params: [path] });

const toParams = ({ size, modifiedMs, inode, device }: FileIdentity) => [size, modifiedMs, inode, device];
const UNKNOWN = [null, null, null, null];

const toIdentityUpdate = (path: string, identity: FileIdentity | undefined): Statement => ({
  sql: 'UPDATE left_out_files SET size = ?, modified_ms = ?, inode = ?, device = ? WHERE path = ?',
  params: [...(identity ? toParams(identity) : UNKNOWN), path],
});

const toHashUpdate = (path: string, hash: ContentHash | undefined): Statement => ({
  sql: 'UPDATE left_out_files SET hash = ? WHERE path = ?',
  params: [hash ?? null, path],
});

export const toLeftOutUpsert = ({ path, identity, hash }: LeftOutFile): Statement => ({
  sql: `INSERT INTO left_out_files (path, size, modified_ms, inode, device, hash) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified_ms = excluded.modified_ms,
      inode = excluded.inode, device = excluded.device, hash = excluded.hash`,
  params: [path, ...(identity ? toParams(identity) : UNKNOWN), hash ?? null],
});
