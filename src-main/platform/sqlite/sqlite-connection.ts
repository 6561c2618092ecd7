import Sqlite from 'better-sqlite3';
import { AppError } from '../../contract/errors.ts';
import type { SqlRow, SqlValue, Statement } from '../../engine/ports/index.ts';
import { toDatabaseError } from './database-error.ts';

export type ConnectionOptions = {
  /** A file, or `:memory:`. */
  readonly path: string;
  /**
   * What a commit waits for. `full`: it survives a loss of power. `normal`: it survives a crash of this program, and the file
   * stays whole. `off`: nothing, for a database that is thrown away at the next start and belongs to this connection alone.
   */
  readonly synchronous: 'full' | 'normal' | 'off';
  /** Page cache, KiB. */
  readonly cacheKib?: number;
};

/** `isReader`: it gives rows. Asking the statement itself costs as much as running a small one. */
type Prepared = { readonly statement: Sqlite.Statement<SqlValue[], SqlRow>; readonly isReader: boolean };

/** Prepared statements kept. The program's texts are fewer; the cap is against a text that is put together anew each time. */
const MAX_STATEMENTS = 500;
/** Another process (a backup, a curious user) may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 5000;
const DEFAULT_CACHE_KIB = 16_384;

/** One SQLite database on this thread. Every method fails with an AppError. */
export class SqliteConnection {
  readonly #path: string;
  readonly #database: Sqlite.Database;
  readonly #statements = { rows: new Map<string, Prepared>(), column: new Map<string, Prepared>() };
  #isOpen = true;

  constructor({ path, synchronous, cacheKib = DEFAULT_CACHE_KIB }: ConnectionOptions) {
    this.#path = path;
    this.#database = guarded(path, () => new Sqlite(path, { timeout: BUSY_TIMEOUT_MS }));
    try {
      const isKept = synchronous !== 'off';
      for (const pragma of [
        `journal_mode = ${isKept ? 'WAL' : 'MEMORY'}`,
        `locking_mode = ${isKept ? 'NORMAL' : 'EXCLUSIVE'}`,
        `synchronous = ${synchronous}`,
        `cache_size = -${cacheKib}`,
        'foreign_keys = ON',
        'trusted_schema = OFF',
        'temp_store = MEMORY',
      ]) {
        this.#database.pragma(pragma);
      }
    } catch (error) {
      this.#database.close();
      throw toDatabaseError(error, path);
    }
  }

  /** Rows of one statement. Integers beyond 2^53 lose their low digits; blobs are plain Uint8Arrays. */
  all<Row = SqlRow>(sql: string, params: readonly SqlValue[] = []): Row[] {
    return this.#guarded(() => {
      const { statement, isReader } = this.#prepare(sql);
      if (isReader) return statement.all(...params).map(withPlainBlobs) as Row[];
      statement.run(...params);
      return [];
    });
  }

  /** The only column of each row: a fraction of the cost of `all`. */
  column<Value extends SqlValue>(sql: string, params: readonly SqlValue[] = []): Value[] {
    return this.#guarded(() => this.#prepare(sql, 'column').statement.all(...params)) as unknown[] as Value[];
  }

  /** The number of rows that the statement changed. */
  run(sql: string, params: readonly SqlValue[] = []): number {
    return this.#guarded(() => {
      const { statement, isReader } = this.#prepare(sql);
      return isReader ? statement.all(...params).length : statement.run(...params).changes;
    });
  }

  /** All statements or none; the number of rows that each changed. */
  transact(statements: readonly Statement[]): number[] {
    const work = this.#database.transaction(() => statements.map(({ sql, params }) => this.run(sql, params)));
    return this.#guarded(() => work.immediate());
  }

  /** Idempotent. */
  close(): void {
    this.#isOpen = false;
    for (const statements of Object.values(this.#statements)) statements.clear();
    this.#database.close();
  }

  #prepare(sql: string, shape: 'rows' | 'column' = 'rows'): Prepared {
    const statements = this.#statements[shape];
    const known = statements.get(sql);
    if (known) return known;
    if (!this.#isOpen) throw new AppError('internal', { why: `the database ${this.#path} is closed` });
    const statement = this.#database.prepare<SqlValue[], SqlRow>(sql);
    if (shape === 'column') statement.pluck();
    const prepared = { statement, isReader: statement.reader };
    if (statements.size >= MAX_STATEMENTS) statements.clear();
    statements.set(sql, prepared);
    return prepared;
  }

  #guarded<T>(work: () => T): T {
    return guarded(this.#path, work);
  }
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toDatabaseError(error, path);
  }
}

/** A Buffer's `slice` shares memory where Uint8Array's copies, and it would become a Uint8Array on its way from another thread. */
function withPlainBlobs(row: SqlRow): SqlRow {
  let plain: Record<string, SqlValue> | undefined;
  for (const name in row) {
    const value = row[name];
    if (value instanceof Uint8Array) {
      plain ??= { ...row };
      plain[name] = new Uint8Array(value);
    }
  }
  return plain ?? row;
}
