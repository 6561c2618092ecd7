import type { SqlRow, SqlValue } from '../ports/index.ts';

/** SQLite on the caller's own thread: what logic that runs inside a database's thread works with. Statements are prepared once. */
export interface SqlConnection {
  all<Row = SqlRow>(sql: string, params?: readonly SqlValue[]): Row[];
  /** The only column of each row: a fraction of the cost of `all`. */
  column<Value extends SqlValue>(sql: string, params?: readonly SqlValue[]): Value[];
  /** The number of rows that the statement changed. */
  run(sql: string, params?: readonly SqlValue[]): number;
}
