import Sqlite from 'better-sqlite3';
import { AppError } from '../../contract/errors.ts';

/** What SQLite said about the database file `path`, as an AppError; a mistake in a statement is a bug of ours. */
export function toDatabaseError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const options = { cause: thrown };
  switch (sqliteCode(thrown)) {
    case 'SQLITE_FULL':
      return new AppError('disk.full', { path, needed: 'some space' }, options);
    case 'SQLITE_READONLY':
      return new AppError('disk.read-only', { path }, options);
    case 'SQLITE_PERM':
      return new AppError('disk.denied', { path }, options);
    case 'SQLITE_IOERR':
      return new AppError('disk.failed', { path, why }, options);
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_BUSY':
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return new AppError('data.unusable', { path, why }, options);
    default:
      return new AppError('internal', { why }, options);
  }
}

export function isDamage(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB';
}

/** The primary code: `SQLITE_IOERR_FSYNC` is an `SQLITE_IOERR`. */
function sqliteCode(thrown: unknown): string | undefined {
  return thrown instanceof Sqlite.SqliteError ? /^SQLITE_[A-Z]+/.exec(thrown.code)?.[0] : undefined;
}
