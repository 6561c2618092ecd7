import type { Database, SqlRow, SqlValue } from '../../src-main/engine/ports/index.ts';
import type { SqlConnection } from '../../src-main/engine/store/sql-connection.ts';

type Explained = { readonly detail: string };
const explained = (sql: string) => `EXPLAIN QUERY PLAN ${sql}`;
const toPlans = (rows: readonly Explained[], sql: string) => rows.map(({ detail }) => `${detail} IN ${sql}`);

/** Does as `database` does, and adds to `plans` how each statement looks its rows up: `SEARCH table … IN sql`, or `SCAN` for all of them. */
export function explainingDatabase(database: Database, plans: string[]): Database {
  const explain = async (sql: string, params: readonly SqlValue[] = []) => {
    plans.push(...toPlans(await database.all<Explained>(explained(sql), params), sql));
  };
  return {
    all: async <Row = SqlRow>(sql: string, params?: readonly SqlValue[]) => {
      await explain(sql, params);
      return database.all<Row>(sql, params);
    },
    transact: async (statements) => {
      for (const { sql, params } of statements) await explain(sql, params);
      return database.transact(statements);
    },
    close: () => database.close(),
  };
}

/** The same for a connection on the caller's thread; only statements that look rows up have a plan. */
export function explainingConnection(connection: SqlConnection, plans: string[]): SqlConnection {
  const explain = (sql: string, params?: readonly SqlValue[]) => {
    if (/^(SELECT|DELETE|UPDATE)/.test(sql))
      plans.push(...toPlans(connection.all<Explained>(explained(sql), params), sql));
  };
  return {
    all: (sql, params) => {
      explain(sql, params);
      return connection.all(sql, params);
    },
    column: (sql, params) => {
      explain(sql, params);
      return connection.column(sql, params);
    },
    run: (sql, params) => {
      explain(sql, params);
      return connection.run(sql, params);
    },
  };
}
