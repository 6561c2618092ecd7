import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** How long a thread must have been quiet, ms; also the time between two looks. */
const LOOK_MS = 5000;
/** A thread that works for more than this share of the time is not quiet. */
const QUIET = 0.03;
/** Less garbage than this is not worth the pause. */
const WORTH_BYTES = 2 ** 21;
/** Collecting takes about 4 ms a MiB: the pause for a bigger heap would be felt. */
const MOST_BYTES = 24 * 2 ** 20;
/** Between two collections of a thread that does not come to rest, or of a bigger heap. */
const BUSY_PAUSE_MS = 60_000;
/**
 * A bigger heap that took this much more from the system than after the last collection is collected all the same: V8 makes its young
 * generation as large as a rush needs it, up to 64 MiB and more, and keeps that for as long as anything is allocated at all.
 */
const HOLLOW_BYTES = 16 * 2 ** 20;
/** Twice what a supernode with all its children keeps: 150 to 250 ms. */
const MOST_HOLLOW_BYTES = 64 * 2 ** 20;

/**
 * V8 hands its collector out only with this flag. It is set once, when the platform is loaded and no other thread runs yet: V8 does not
 * promise that a flag can be changed while threads read it, and a thread that finds it changed back fails.
 */
if (isMainThread) setFlagsFromString('--expose-gc');

type Options = {
  readonly lookMs?: number;
  /** Bigger heaps are left to V8. */
  readonly mostBytes?: number;
  /** Growth that is worth a pause even at work; without it a thread that works is left alone. */
  readonly busyWorthBytes?: number;
};

/**
 * Gives the garbage of this thread back to the system when its work has come to rest. V8 itself collects only when it needs room for
 * more, which an idle thread never does (docs/adr/0012).
 */
export class HeapCompactor {
  readonly #lookMs: number;
  readonly #mostBytes: number;
  readonly #busyWorthBytes: number;
  #timer: NodeJS.Timeout | undefined;
  #before = performance.eventLoopUtilization();
  /** What was in use after the last collection. */
  #keptBytes = 0;
  /** What was taken from the system then; before the first collection what it was at first. */
  #takenBytes: number | undefined;
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor({ lookMs = LOOK_MS, mostBytes = MOST_BYTES, busyWorthBytes = Number.POSITIVE_INFINITY }: Options = {}) {
    this.#lookMs = lookMs;
    this.#mostBytes = mostBytes;
    this.#busyWorthBytes = busyWorthBytes;
  }

  /** Idempotent. Does not keep the thread alive. */
  start(): void {
    this.#timer ??= setInterval(() => this.#look(), this.#lookMs).unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const { used_heap_size: used, total_heap_size: taken } = getHeapStatistics();
    this.#takenBytes ??= taken;
    const isQuiet = utilization <= QUIET;
    const isDue = isQuiet ? used >= this.#keptBytes + WORTH_BYTES : this.#isWorthAtWork(used);
    const isBig = used > this.#mostBytes;
    if (isBig ? !(isQuiet && this.#isHollow(used, taken)) : !isDue) return;
    collect();
    const left = getHeapStatistics();
    this.#keptBytes = left.used_heap_size;
    this.#takenBytes = left.total_heap_size;
    this.#collectedMs = performance.now();
  }

  #isHollow(used: number, taken: number): boolean {
    const isMuch = taken >= (this.#takenBytes ?? taken) + HOLLOW_BYTES && used <= MOST_HOLLOW_BYTES;
    return isMuch && performance.now() >= this.#collectedMs + BUSY_PAUSE_MS;
  }

  #isWorthAtWork(used: number): boolean {
    return used >= this.#keptBytes + this.#busyWorthBytes && performance.now() >= this.#collectedMs + BUSY_PAUSE_MS;
  }
}

function collect(): void {
  const gc: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  // The plain flavor keeps 4 MiB more in a supernode.
  if (typeof gc === 'function') gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
