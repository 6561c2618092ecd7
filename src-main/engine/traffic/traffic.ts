import { isPrivateHost } from '../../contract/address-block.ts';
import type { Flow, TrafficView } from '../../contract/network.ts';
import type { Clock } from '../ports/index.ts';
import { RateMeter } from '../rate-meter.ts';
import { FlowHistory } from './flow-history.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const STEP_MS = 2 * SECOND_MS;
const STEPS = (10 * MINUTE_MS) / STEP_MS;
const LONG_STEP_MS = 5 * MINUTE_MS;
const LONG_STEPS = (24 * 60 * MINUTE_MS) / LONG_STEP_MS;

/** Bytes of files only: totals, the speed now and how it was. What peers say to each other is not counted. */
export class Traffic {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #totals = { down: 0, up: 0 };
  readonly #outside = { down: 0, up: 0 };
  readonly #meters: Readonly<Record<keyof Flow, RateMeter>>;
  readonly #recent: FlowHistory;
  readonly #long: FlowHistory;

  constructor(clock: Clock) {
    this.#clock = clock;
    const startMs = clock.monotonicMs();
    this.#startMs = startMs;
    this.#meters = { down: new RateMeter(clock), up: new RateMeter(clock) };
    this.#meters.down.start();
    this.#meters.up.start();
    this.#recent = new FlowHistory({ stepMs: STEP_MS, steps: STEPS, startMs });
    this.#long = new FlowHistory({ stepMs: LONG_STEP_MS, steps: LONG_STEPS, startMs });
  }

  /** Since the engine was made. */
  get uptimeMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** Bytes that came from this host, of whatever use. */
  down(bytes: number, host: string): void {
    this.#add('down', bytes, host);
  }

  /** Bytes handed to the system for this host. */
  up(bytes: number, host: string): void {
    this.#add('up', bytes, host);
  }

  /** All bytes so far but those from and to private addresses. */
  get outside(): Flow {
    return { ...this.#outside };
  }

  /** Bytes a second, smoothed; whole ones, so that an old transfer leaves no trace. */
  rates(): Flow {
    return { down: Math.round(this.#meters.down.rateBps()), up: Math.round(this.#meters.up.rateBps()) };
  }

  /** The fastest that files travelled for a whole step of the last 10 minutes, or for 5 minutes of the last day. */
  best(): Flow {
    const nowMs = this.#clock.monotonicMs();
    const all = [...this.#recent.samples(nowMs), ...this.#long.samples(nowMs)];
    return { down: Math.max(0, ...all.map(({ down }) => down)), up: Math.max(0, ...all.map(({ up }) => up)) };
  }

  view(): TrafficView {
    const nowMs = this.#clock.monotonicMs();
    return {
      stepMs: STEP_MS,
      samples: this.#recent.samples(nowMs),
      longStepMs: LONG_STEP_MS,
      long: this.#long.samples(nowMs),
      totals: { ...this.#totals },
    };
  }

  #add(direction: keyof Flow, bytes: number, host: string): void {
    const nowMs = this.#clock.monotonicMs();
    this.#totals[direction] += bytes;
    if (!isPrivateHost(host)) this.#outside[direction] += bytes;
    const meter = this.#meters[direction];
    meter.add(bytes);
    // It weighs by when it is read: what came since the last look would all count as old.
    meter.rateBps();
    this.#recent.add(nowMs, direction, bytes);
    this.#long.add(nowMs, direction, bytes);
  }
}
