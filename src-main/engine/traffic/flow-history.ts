import type { Flow } from '../../contract/network.ts';

type Direction = keyof Flow;
type Options = {
  readonly stepMs: number;
  /** Whole steps that are remembered. */
  readonly steps: number;
  readonly startMs: number;
};

/** Bytes of the last steps of time, in constant memory. Steps are counted when something happens: nothing has to run meanwhile. */
export class FlowHistory {
  readonly #options: Options;
  /** One more than is remembered, for the step that runs. */
  readonly #rings: Readonly<Record<Direction, Float64Array>>;
  /** The step that runs, counted from the start. */
  #step = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#rings = { down: new Float64Array(options.steps + 1), up: new Float64Array(options.steps + 1) };
  }

  add(nowMs: number, direction: Direction, bytes: number): void {
    this.#advance(nowMs);
    const ring = this.#rings[direction];
    const place = this.#step % ring.length;
    ring[place] = (ring[place] ?? 0) + bytes;
  }

  /** Bytes a second of each whole step since the start, oldest first. */
  samples(nowMs: number): Flow[] {
    this.#advance(nowMs);
    const { steps, stepMs } = this.#options;
    const count = Math.min(steps, this.#step);
    return Array.from({ length: count }, (_, at) => {
      const step = this.#step - count + at;
      return { down: this.#rate('down', step, stepMs), up: this.#rate('up', step, stepMs) };
    });
  }

  #rate(direction: Direction, step: number, stepMs: number): number {
    const ring = this.#rings[direction];
    return ((ring[step % ring.length] ?? 0) / stepMs) * 1000;
  }

  /** Steps in which nothing happened are empty. */
  #advance(nowMs: number): void {
    const { stepMs, steps, startMs } = this.#options;
    const step = Math.floor((nowMs - startMs) / stepMs);
    const passed = Math.min(step - this.#step, steps + 1);
    for (let back = 0; back < passed; back++) {
      for (const ring of Object.values(this.#rings)) ring[(step - back) % ring.length] = 0;
    }
    this.#step = step;
  }
}
