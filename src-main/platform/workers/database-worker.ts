import { workerData } from 'node:worker_threads';
import type { SqlValue, Statement } from '../../engine/ports/index.ts';
import { HeapCompactor } from '../heap-compactor.ts';
import { type OpenedDatabase, openDatabaseFile } from '../sqlite/open-database-file.ts';
import type { ConnectionOptions } from '../sqlite/sqlite-connection.ts';
import { answerCalls } from './answer-calls.ts';

export type DatabaseWorkerApi = ReturnType<typeof databaseApi>;

function databaseApi(options: ConnectionOptions) {
  let opened: OpenedDatabase | undefined;
  const connection = () => {
    if (!opened) throw new Error('the database was not opened');
    return opened.connection;
  };
  return {
    /** The path that a damaged file was moved to, if there was one. */
    open: () => {
      opened = openDatabaseFile(options);
      return opened.movedTo;
    },
    all: (sql: string, params?: readonly SqlValue[]) => connection().all(sql, params),
    transact: (statements: readonly Statement[]) => connection().transact(statements),
    close: () => opened?.connection.close(),
  };
}

/** Entry of the thread that owns one database file; `workerData` says which. */
answerCalls(databaseApi(workerData));
new HeapCompactor().start();
