import { type ResourceLimits, Worker } from 'node:worker_threads';
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

export type ThreadLimits = {
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Bytes that a busy thread may hold outside the heap of JavaScript: array buffers, which `resourceLimits` do not count. */
  readonly bufferBytes?: number | undefined;
};

type Events = { readonly onFree: () => void; readonly onEnd: () => void };

/** How often the buffers of a busy thread are looked at: what unpacks fastest, 300 MB/s where it was measured, gains 30 MB between. */
const LOOK_MS = 100;

/** One thread and the tasks it has been given. It keeps the process alive only while it has some. */
export class PoolThread {
  readonly #worker: Worker;
  readonly #events: Events;
  readonly #bufferBytes: number | undefined;
  readonly #tasks = new Map<number, { task: PoolTask; timer: NodeJS.Timeout | undefined }>();
  #look: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(url: URL, { resourceLimits, bufferBytes }: ThreadLimits, events: Events) {
    this.#events = events;
    this.#bufferBytes = bufferBytes;
    this.#worker = new Worker(url, { ...(resourceLimits && { resourceLimits }) });
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
    this.#lookLater();
  }

  has(task: PoolTask): boolean {
    return this.#tasks.has(task.message.id);
  }

  /** Stops the thread at once, whatever it does; its tasks fail with `why`. Idempotent. */
  async end(why: string): Promise<void> {
    this.#end(why);
    await this.#worker.terminate();
  }

  #lookLater(): void {
    const limit = this.#bufferBytes;
    if (limit !== undefined && this.#tasks.size > 0)
      this.#look ??= setTimeout(() => void this.#lookAtBuffers(limit), LOOK_MS);
  }

  /** The thread answers within any loop of its code. */
  async #lookAtBuffers(limit: number): Promise<void> {
    // It fails when the thread ends meanwhile.
    const held = await this.#worker.getHeapStatistics().catch(() => undefined);
    this.#look = undefined;
    if (held && held.external_memory > limit) await this.end(`it took more than ${limit} bytes of memory`);
    else this.#lookLater();
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
    clearTimeout(this.#look);
    for (const { task, timer } of this.#tasks.values()) {
      clearTimeout(timer);
      task.settle({ error: new AppError('internal', { why }) });
    }
    this.#tasks.clear();
    this.#events.onEnd();
  }
}
