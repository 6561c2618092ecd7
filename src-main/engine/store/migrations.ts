import { AppError } from '../../contract/errors.ts';
import type { Database, Statement } from '../ports/index.ts';

/** One step of the schema. `version` is a multiple of 10, so that a later fix can stand between two; a released step never changes. */
export type Migration = { readonly version: number; readonly name: string; readonly sql: readonly string[] };

/** "Shol" in ASCII: marks the file as ours (SQLite's application_id). */
const APPLICATION_ID = 0x53686f6c;
/** Writes the first page as it is: shows whether the disk of a database takes anything. */
export const PROBE: readonly Statement[] = [{ sql: `PRAGMA application_id = ${APPLICATION_ID}` }];

export type MigrationPlan = {
  readonly migrations: readonly Migration[];
  /** For messages. */
  readonly path: string;
  /** Called before a database of that version is changed; what it fails with ends the migration. */
  readonly beforeUpdate?: (version: number) => Promise<void>;
  /** What a new database begins with. */
  readonly firstRows?: () => Promise<readonly Statement[]>;
};

/**
 * Brings a database to the last of the migrations: a new one in one transaction with its first rows, so that it is never seen without
 * them; an old one with a transaction for each step. Gives what it was. Fails with data.newer when a newer program wrote it,
 * data.unusable when another program did.
 */
export async function migrate(database: Database, plan: MigrationPlan): Promise<'new' | 'old' | 'current'> {
  const { migrations, path, beforeUpdate, firstRows } = plan;
  checkOrder(migrations);
  const current = await currentVersion(database, path);
  const latest = migrations.at(-1)?.version ?? 0;
  if (current > latest) throw new AppError('data.newer', { path });
  const pending = migrations.filter(({ version }) => version > current);
  if (pending.length === 0) return 'current';
  if (current === 0) {
    await database.transact([...pending.flatMap(toStatements), ...((await firstRows?.()) ?? [])]);
  } else {
    await beforeUpdate?.(current);
    for (const step of pending) await database.transact(toStatements(step));
  }
  await checkReferences(database);
  return current === 0 ? 'new' : 'old';
}

/** Copies the whole database to a file, which must be empty or not there yet; fails with disk.*. */
export async function copyDatabase(database: Database, path: string): Promise<void> {
  await database.all('VACUUM INTO ?', [path]);
}

const toStatements = ({ version, sql }: Migration): Statement[] => [
  ...sql.map((text) => ({ sql: text })),
  { sql: `PRAGMA application_id = ${APPLICATION_ID}` },
  { sql: `PRAGMA user_version = ${version}` },
];

function checkOrder(migrations: readonly Migration[]): void {
  let last = 0;
  for (const { version, name } of migrations) {
    if (version <= last || version % 10 !== 0) throw new RangeError(`migration ${version} (${name}) is out of order`);
    last = version;
  }
}

async function currentVersion(database: Database, path: string): Promise<number> {
  const [head] = await database.all<{ application: number; version: number; tables: number }>(
    `SELECT application_id AS application, user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables
     FROM pragma_application_id, pragma_user_version`,
  );
  if (head === undefined || (head.application !== APPLICATION_ID && head.tables + head.version > 0)) {
    throw new AppError('data.unusable', { path, why: 'it is a database of another program' });
  }
  return head.version;
}

async function checkReferences(database: Database): Promise<void> {
  const [broken] = await database.all<{ table: string; parent: string }>('PRAGMA foreign_key_check');
  if (broken) throw new AppError('internal', { why: `a migration left ${broken.table} without its ${broken.parent}` });
}
