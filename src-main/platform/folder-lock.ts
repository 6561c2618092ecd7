import Database from 'better-sqlite3';
import { makePrivateFile } from './sqlite/make-private-file.ts';

/** A lock that ends when it is released or its process ends, in whatever way. */
export interface FolderLock {
  /** Idempotent. */
  release(): void;
}

/**
 * Takes the lock named by `path`, or undefined when another process holds it. SQLite locks its files with the lock of the operating
 * system, which the kernel takes back from a dead process: no stale lock to judge, no process id that another program now wears.
 */
export function takeLock(path: string): FolderLock | undefined {
  makePrivateFile(path);
  const database = new Database(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => void database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
