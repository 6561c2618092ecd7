import type { Database, SqlRow, SqlValue, Statement } from '../engine/ports/index.ts';
import { WorkerCalls } from './worker-calls.ts';
import { workerUrl } from './worker-url.ts';
import type { DatabaseWorkerApi } from './workers/database-worker.ts';

export type WorkerDatabaseOptions = {
  readonly path: string;
  /** `full`: what `transact` wrote survives a loss of power; costs an fsync each. */
  readonly synchronous?: 'normal' | 'full';
  /** Told once, while opening, when the file was damaged: where it lies now. The database then starts empty. */
  readonly onDamaged?: (movedTo: string) => void;
};

/** A database file on a thread of its own. */
export class WorkerDatabase implements Database {
  readonly #calls: WorkerCalls<DatabaseWorkerApi>;

  private constructor(calls: WorkerCalls<DatabaseWorkerApi>) {
    this.#calls = calls;
  }

  /** Opens or makes the file (its folder must be there); fails with data.unusable or disk.*. */
  static async open({ path, synchronous = 'normal', onDamaged }: WorkerDatabaseOptions): Promise<WorkerDatabase> {
    const calls = new WorkerCalls<DatabaseWorkerApi>(workerUrl('database-worker'), { path, synchronous });
    try {
      const movedTo = await calls.call('open');
      if (movedTo !== undefined) onDamaged?.(movedTo);
    } catch (error) {
      await calls.close();
      throw error;
    }
    return new WorkerDatabase(calls);
  }

  all<Row = SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#calls.call('all', sql, params) as Promise<Row[]>;
  }

  transact(statements: readonly Statement[]): Promise<readonly number[]> {
    return this.#calls.call('transact', statements);
  }

  close(): Promise<void> {
    return this.#calls.close(() => this.#calls.call('close'));
  }
}
