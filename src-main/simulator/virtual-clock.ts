import type { Clock, Timer } from '../engine/ports/index.ts';
import { sleepBy } from '../engine/ports/sleep.ts';
import { type DueTask, TaskQueue } from './task-queue.ts';

/** 2026-01-01T00:00:00Z: any fixed instant will do, a real one keeps shown dates plausible. */
const WALL_START_MS = 1_767_225_600_000;
/** Tasks run by one call. A simulated day of a few thousand peers stays below; two timers that rearm each other at once do not. */
const MAX_TASKS = 50_000_000;

/**
 * Time that stands still until a test moves it. Due tasks run one by one in order of time, then of setting; between two of them
 * everything that was only waiting for promises goes on first. Not for engines on real asynchronous ports: those do not wait for it.
 */
export class VirtualClock implements Clock {
  readonly #tasks = new TaskQueue<VirtualTimer>();
  readonly #maxTasks: number;
  /** Of the local time. */
  offsetMs = 0;
  /** How far somebody has set the machine's clock: back when negative. */
  wallShiftMs = 0;
  #nowMs = 0;
  #sequence = 0;
  #pending = 0;
  readonly #counted = () => {
    this.#pending--;
  };

  constructor(options: { readonly maxTasks?: number } = {}) {
    this.#maxTasks = options.maxTasks ?? MAX_TASKS;
  }

  /** Timers that are set and neither fired nor cancelled: what a leak check counts. */
  get pendingTimers(): number {
    return this.#pending;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return WALL_START_MS + this.wallShiftMs + this.#nowMs;
  }

  utcOffsetMs(): number {
    return this.offsetMs;
  }

  setTimer(delayMs: number, task: () => void): Timer {
    const timer = new VirtualTimer(this.#nowMs + Math.max(0, delayMs), this.#sequence++, task, this.#counted);
    this.#pending++;
    this.#tasks.push(timer);
    return timer;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy((ms, task) => this.setTimer(ms, task), delayMs, signal);
  }

  /** Moves time by `ms`, running all that falls due; a task that throws ends the call with its error. */
  async advance(ms: number): Promise<void> {
    await this.#run(this.#nowMs + ms, () => false);
  }

  /** Moves time until `predicate` holds and gives the virtual ms that took; fails when it does not hold within `maxMs`. */
  async runUntil(predicate: () => boolean, maxMs: number): Promise<number> {
    const startMs = this.#nowMs;
    if (await this.#run(startMs + maxMs, predicate)) return this.#nowMs - startMs;
    throw new Error(`what was waited for did not happen within ${maxMs} virtual ms: ${predicate}`);
  }

  async #run(endMs: number, isEnough: () => boolean): Promise<boolean> {
    await settleAll();
    for (let ran = 0; !isEnough(); ran++) {
      const next = this.#tasks.peek();
      if (next === undefined || next.atMs > endMs) {
        this.#nowMs = endMs;
        return isEnough();
      }
      if (ran >= this.#maxTasks) throw new Error(`${ran} tasks ran before ${endMs} ms: timers rearm without end`);
      this.#tasks.pop();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await (ran % TASKS_A_TURN === 0 ? settleAll() : SETTLED);
    }
    return true;
  }
}

class VirtualTimer implements Timer, DueTask {
  readonly atMs: number;
  readonly sequence: number;
  #task: (() => void) | undefined;
  readonly #ended: () => void;

  constructor(atMs: number, sequence: number, task: () => void, ended: () => void) {
    this.atMs = atMs;
    this.sequence = sequence;
    this.#task = task;
    this.#ended = ended;
  }

  get isCancelled(): boolean {
    return this.#task === undefined;
  }

  cancel(): void {
    this.#take();
  }

  run(): void {
    this.#take()?.();
  }

  #take(): (() => void) | undefined {
    const task = this.#task;
    this.#task = undefined;
    if (task) this.#ended();
    return task;
  }
}

/** Tasks run between two turns of the event loop: signals and other programs' output wait no longer. */
const TASKS_A_TURN = 4096;

/** Node runs the next tick only when the microtask queue is empty, however long a chain of awaits is. */
const SETTLED = {
  // biome-ignore lint/suspicious/noThenProperty: awaited once a task, millions of times, so no promise is made for it.
  then: (resolve: () => void) => process.nextTick(resolve),
};

/** The next turn of the event loop comes only when the same holds, and lets the world outside in. */
function settleAll(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
