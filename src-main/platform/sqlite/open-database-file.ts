import { existsSync, renameSync } from 'node:fs';
import { AppError } from '../../contract/errors.ts';
import { isDamage, toDatabaseError } from './database-error.ts';
import { makePrivateFile } from './make-private-file.ts';
import { type ConnectionOptions, SqliteConnection } from './sqlite-connection.ts';

/** `movedTo` names the damaged file that stood here, now kept aside. */
export type OpenedDatabase = { readonly connection: SqliteConnection; readonly movedTo: string | undefined };

/**
 * Opens or makes a database file, readable by this user only. One that is damaged is moved aside whole, with its journal, as
 * `PATH.damaged-<n>` and an empty one takes its place: starting again with less beats not starting.
 */
export function openDatabaseFile(options: ConnectionOptions): OpenedDatabase {
  const { path } = options;
  try {
    makePrivateFile(path);
  } catch (error) {
    const why = `${error instanceof Error ? error.message : error}; mend that, or give another --data`;
    throw new AppError('data.unusable', { path, why }, { cause: error });
  }
  const sound = openSound(options);
  if (sound) return { connection: sound, movedTo: undefined };
  const movedTo = moveAside(path);
  const connection = openSound(options);
  if (!connection) throw new AppError('data.unusable', { path, why: 'a new database is damaged at once' });
  return { connection, movedTo };
}

function openSound(options: ConnectionOptions): SqliteConnection | undefined {
  let connection: SqliteConnection | undefined;
  try {
    connection = new SqliteConnection(options);
    const [report] = connection.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (report?.quick_check === 'ok') return connection;
  } catch (error) {
    connection?.close();
    if (isDamage(error instanceof AppError ? error.cause : error)) return undefined;
    throw toDatabaseError(error, options.path);
  }
  connection.close();
  return undefined;
}

function moveAside(path: string): string {
  for (let n = 1; ; n++) {
    const aside = `${path}.damaged-${n}`;
    if (existsSync(aside)) continue;
    for (const ending of ['-wal', '-shm', '']) {
      if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
    }
    return aside;
  }
}
