import { type ResourceLimits, Worker } from 'node:worker_threads';
import { AppError } from '../contract/errors.ts';
import type { AnswerMessage, CallMessage, WorkerApi } from './worker-messages.ts';

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: AppError) => void };

/** Calls methods of one worker thread, which answers by `answerCalls`. The thread lives until `close`. */
export class WorkerCalls<Api extends WorkerApi<Api>> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #ended: AppError | undefined;
  #closing: Promise<void> | undefined;

  /** `resourceLimits`: a thread that needs more memory ends, and its calls fail. */
  constructor(url: URL, workerData?: unknown, resourceLimits?: ResourceLimits) {
    this.#worker = new Worker(url, { workerData, ...(resourceLimits && { resourceLimits }) });
    this.#worker.on('message', (message: AnswerMessage) => this.#settle(message));
    this.#worker.on('error', (error) => this.#end(`a worker thread failed: ${error.message}`));
    this.#worker.on('exit', () => this.#end('a worker thread has ended'));
  }

  /** Fails with what the method failed with, or `internal` when the thread has ended. */
  call<Name extends keyof Api & string>(
    name: Name,
    ...args: Parameters<Api[Name]>
  ): Promise<Awaited<ReturnType<Api[Name]>>> {
    if (this.#ended || this.#closing) {
      return Promise.reject(this.#ended ?? new AppError('internal', { why: 'a worker thread was closed' }));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, args } satisfies CallMessage);
    });
  }

  /** Awaits `release` (a call that frees what the thread holds), then ends the thread; calls after this fail. Idempotent. */
  close(release?: () => Promise<unknown>): Promise<void> {
    this.#closing ??= this.#close(this.#ended ? undefined : release?.());
    return this.#closing;
  }

  async #close(released: Promise<unknown> | undefined): Promise<void> {
    try {
      await released;
    } finally {
      await this.#worker.terminate();
    }
  }

  #settle(message: AnswerMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(new AppError(message.error.code, message.error.params));
    else waiting?.resolve(message.value as never);
  }

  #end(why: string): void {
    this.#ended ??= new AppError('internal', { why });
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
