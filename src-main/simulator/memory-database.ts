import type { Database, SqlRow, SqlValue, Statement } from '../engine/ports/index.ts';
import { SqliteConnection } from '../platform/sqlite/sqlite-connection.ts';

/** SQLite in memory, on the caller's thread: each call is done before its promise is given, so that a simulation awaits nothing real. */
export class MemoryDatabase implements Database {
  readonly #connection = new SqliteConnection({ path: ':memory:', synchronous: 'off' });

  async all<Row = SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#connection.all<Row>(sql, params);
  }

  async transact(statements: readonly Statement[]): Promise<readonly number[]> {
    return this.#connection.transact(statements);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}
