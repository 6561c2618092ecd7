export type SqlValue = string | number | bigint | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;
export type Statement = { readonly sql: string; readonly params?: readonly SqlValue[] };

/** SQLite, off the event loop. Statements are prepared once and kept. */
export interface Database {
  all<Row = SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  /** All or nothing; resolves when it is durable as the journal mode says. Gives the number of rows that each statement changed. */
  transact(statements: readonly Statement[]): Promise<readonly number[]>;
  close(): Promise<void>;
}
