import { type AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { SourceWay } from '../../contract/transfer.ts';
import type { Clock, Timer } from '../ports/index.ts';

/** `patienceMs`: what it is given before the next one begins beside it. */
export type Try<T> = {
  readonly way: SourceWay;
  readonly run: (signal: AbortSignal) => Promise<T>;
  readonly patienceMs?: number;
};

type Options<T> = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When there is nothing to try. */
  readonly none: AppError;
  /** Whether an error is one of the way; any other is the answer that was wanted. */
  readonly leadsNowhere: (error: AppError) => boolean;
  /** How a try ended; not told of one that was called off. */
  readonly tried: (way: SourceWay, reason: ErrorCode | null) => void;
  /** What came after another try had worked. */
  readonly drop?: (late: T) => void;
};

/** The next way is tried when the one before it has failed, or takes this long: most that work stand sooner, most that do not never say so. */
const PATIENCE_MS = 3000;

/**
 * The first of several tries that works, begun one after the other. Fails with the last one's error, or the signal's reason; but that another
 * peer answered, which somebody is to blame for, is said whatever came after.
 */
export function firstToWork<T>(tries: readonly Try<T>[], options: Options<T>): Promise<T> {
  return new Race(tries, options).run();
}

class Race<T> {
  readonly #tries: readonly Try<T>[];
  readonly #options: Options<T>;
  readonly #over = new AbortController();
  readonly #settled = Promise.withResolvers<T>();
  #begun = 0;
  #running = 0;
  #timer: Timer | undefined;
  #otherPeer: AppError | undefined;

  constructor(tries: readonly Try<T>[], options: Options<T>) {
    this.#tries = tries;
    this.#options = options;
  }

  async run(): Promise<T> {
    const { signal, none } = this.#options;
    signal.throwIfAborted();
    if (this.#tries.length === 0) throw none;
    const onAbort = () => this.#end(() => this.#settled.reject(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    this.#next();
    try {
      return await this.#settled.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #next(): void {
    this.#timer?.cancel();
    const next = this.#tries[this.#begun];
    if (!next || this.#over.signal.aborted) return;
    this.#begun++;
    this.#running++;
    const { patienceMs = PATIENCE_MS } = next;
    if (Number.isFinite(patienceMs) && this.#begun < this.#tries.length) {
      this.#timer = this.#options.clock.setTimer(patienceMs, () => this.#next());
    }
    next.run(this.#over.signal).then(
      (worked) => this.#worked(next.way, worked),
      (thrown: unknown) => this.#failed(next.way, toAppError(thrown)),
    );
  }

  #worked(way: SourceWay, result: T): void {
    if (this.#over.signal.aborted) {
      this.#options.drop?.(result);
      return;
    }
    this.#options.tried(way, null);
    this.#end(() => this.#settled.resolve(result));
  }

  #failed(way: SourceWay, error: AppError): void {
    this.#running--;
    if (this.#over.signal.aborted) return;
    const isAnswer = !this.#options.leadsNowhere(error);
    this.#options.tried(way, isAnswer ? null : error.code);
    if (error.code === 'peer.wrong-identity') this.#otherPeer = error;
    if (isAnswer || (this.#running === 0 && this.#begun === this.#tries.length)) {
      this.#end(() => this.#settled.reject(isAnswer ? error : (this.#otherPeer ?? error)));
    } else this.#next();
  }

  /** What still runs is called off. */
  #end(settle: () => void): void {
    if (this.#over.signal.aborted) return;
    this.#timer?.cancel();
    settle();
    this.#over.abort();
  }
}
