import { Worker, type WorkerOptions } from 'node:worker_threads';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { AnswerMessage, CallMessage } from '../worker-messages.ts';

/** A task as it waits and runs. Only the first call of `settle` counts. */
export type PoolTask = {
  readonly message: CallMessage;
  readonly moved: readonly ArrayBuffer[];
  /** Longest run, without the wait before it; undefined for no limit. */
  readonly timeLimitMs: number | undefined;
  readonly settle: (answer: { readonly value: unknown } | { readonly error: unknown }) => void;
};

type Events = { readonly onFree: () => void; readonly onEnd: () => void };

/** One thread and the tasks it has been given. It keeps the process alive only while it has some. */
export class PoolThread {
  readonly #worker: Worker;
  readonly #events: Events;
  readonly #tasks = new Map<number, { task: PoolTask; timer: NodeJS.Timeout | undefined }>();
  #ended = false;

  constructor(url: URL, options: WorkerOptions, events: Events) {
    this.#events = events;
    this.#worker = new Worker(url, options);
    this.#worker.unref();
    this.#worker.on('message', (answer: AnswerMessage) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#end(`a worker thread failed: ${error.message}`));
    this.#worker.on('exit', () => this.#end('a worker thread has ended'));
  }

  /** Tasks given and not yet answered. */
  get load(): number {
    return this.#tasks.size;
  }

  give(task: PoolTask): void {
    try {
      this.#worker.postMessage(task.message, task.moved);
    } catch (error) {
      // What cannot be cloned or was moved before: the asker's bug, which must not harm other tasks.
      task.settle({ error: toAppError(error) });
      return;
    }
    const limit = task.timeLimitMs;
    const timer =
      limit === undefined ? undefined : setTimeout(() => void this.end(`it took more than ${limit} ms`), limit);
    this.#tasks.set(task.message.id, { task, timer });
    this.#worker.ref();
  }

  has(task: PoolTask): boolean {
    return this.#tasks.has(task.message.id);
  }

  /** Stops the thread at once, whatever it does; its tasks fail with `why`. Idempotent. */
  async end(why: string): Promise<void> {
    this.#end(why);
    await this.#worker.terminate();
  }

  #answered(answer: AnswerMessage): void {
    const given = this.#tasks.get(answer.id);
    if (!given) return;
    clearTimeout(given.timer);
    this.#tasks.delete(answer.id);
    if (this.#tasks.size === 0) this.#worker.unref();
    const isError = 'error' in answer;
    given.task.settle(isError ? { error: new AppError(answer.error.code, answer.error.params) } : answer);
    this.#events.onFree();
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { task, timer } of this.#tasks.values()) {
      clearTimeout(timer);
      task.settle({ error: new AppError('internal', { why }) });
    }
    this.#tasks.clear();
    this.#events.onEnd();
  }
}
