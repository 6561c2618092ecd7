import { AppError } from '../../contract/errors.ts';
import type { WorkerApi } from '../worker-messages.ts';
import { type PoolTask, PoolThread, type ThreadLimits } from './pool-thread.ts';

export type PoolOptions = ThreadLimits & {
  /** Entry of each thread: it calls `answerCalls`. */
  readonly url: URL;
  readonly threads: number;
  /** Tasks that a thread is given at once. More than 1 spares it the wait for the next, but then an abort costs its neighbours too. */
  readonly depth: number;
  /** A thread without work ends after this. */
  readonly idleMs: number;
};

export type TaskOptions = {
  /** Travel to the thread without being copied. */
  readonly moved?: readonly ArrayBuffer[];
  readonly timeLimitMs?: number;
  /** Takes the task out of the line, or ends the thread that runs it. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Threads that start on demand, take tasks in order and end when idle. Beside piscina it costs the event loop a third for a task
 * that moves 1 MiB (measured: 10 against 35 µs), and a time limit counts from a task's start, not from its place in the line.
 */
export class WorkerPool<Api extends WorkerApi<Api>> {
  readonly #options: PoolOptions;
  readonly #threads = new Map<PoolThread, { idle: NodeJS.Timeout | undefined }>();
  readonly #line = new Set<PoolTask>();
  #nextId = 0;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Threads that exist now. */
  get threadCount(): number {
    return this.#threads.size;
  }

  /** Starts a thread if there is none: the first task will not wait for it. */
  prepare(): void {
    if (!this.#stopped && this.#threads.size === 0) this.#rest(this.#start());
  }

  /** Fails with what the task failed with, the signal's reason, or `internal` when its thread ended or the time limit was reached. */
  run<Name extends keyof Api & string>(
    name: Name,
    args: Parameters<Api[Name]>,
    { moved = [], timeLimitMs, signal }: TaskOptions = {},
  ): Promise<Awaited<ReturnType<Api[Name]>>> {
    if (this.#stopped) return Promise.reject(new AppError('internal', { why: 'the worker threads were stopped' }));
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const abort = () => this.#abort(task, signal?.reason);
      const settle: PoolTask['settle'] = (answer) => {
        signal?.removeEventListener('abort', abort);
        if ('error' in answer) reject(answer.error);
        else resolve(answer.value as Awaited<ReturnType<Api[Name]>>);
      };
      const task: PoolTask = { message: { id: this.#nextId++, name, args }, moved, timeLimitMs, settle };
      signal?.addEventListener('abort', abort, { once: true });
      this.#line.add(task);
      this.#giveWork();
    });
  }

  /** Ends all threads; waiting and running tasks fail. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const why = 'the worker threads were stopped';
    for (const task of this.#line) task.settle({ error: new AppError('internal', { why }) });
    this.#line.clear();
    await Promise.all([...this.#threads.keys()].map((thread) => thread.end(why)));
  }

  #giveWork(): void {
    for (const task of this.#line) {
      const thread = this.#threadFor();
      if (!thread) return;
      this.#line.delete(task);
      clearTimeout(this.#threads.get(thread)?.idle);
      thread.give(task);
    }
  }

  /** The least busy thread, or a new one while all are busy and there may be more. */
  #threadFor(): PoolThread | undefined {
    let best: PoolThread | undefined;
    for (const thread of this.#threads.keys()) if (!best || thread.load < best.load) best = thread;
    if ((!best || best.load > 0) && this.#threads.size < this.#options.threads) return this.#start();
    return best && best.load < this.#options.depth ? best : undefined;
  }

  #start(): PoolThread {
    const thread = new PoolThread(this.#options.url, this.#options, {
      onFree: () => this.#freed(thread),
      onEnd: () => this.#ended(thread),
    });
    this.#threads.set(thread, { idle: undefined });
    return thread;
  }

  #freed(thread: PoolThread): void {
    this.#giveWork();
    if (thread.load === 0) this.#rest(thread);
  }

  #rest(thread: PoolThread): void {
    const state = this.#threads.get(thread);
    if (state) state.idle = setTimeout(() => void thread.end('idle'), this.#options.idleMs).unref();
  }

  #ended(thread: PoolThread): void {
    clearTimeout(this.#threads.get(thread)?.idle);
    this.#threads.delete(thread);
    if (!this.#stopped) this.#giveWork();
  }

  #abort(task: PoolTask, reason: unknown): void {
    this.#line.delete(task);
    task.settle({ error: reason });
    for (const thread of this.#threads.keys()) if (thread.has(task)) void thread.end('aborted');
  }
}
