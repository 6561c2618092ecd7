import type { ElectionCondition } from '../../../contract/election.ts';
import type { Settings } from '../../../contract/settings.ts';
import type { LineRates } from '../../nat/line-rates.ts';
import type { OwnReach } from '../../nat/own-reach.ts';
import type { Clock, Machine, Timer } from '../../ports/index.ts';
import { conditionsOf, type Fit, fitOf } from './conditions.ts';
import type { Rest } from './rest.ts';
import type { Uptimes } from './uptimes.ts';

export type FitnessDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly reach: OwnReach;
  readonly line: LineRates;
  readonly uptimes: Uptimes;
  readonly rest: Rest;
  readonly machine: Machine;
};

/** Whether this peer could be a supernode, and be reached: measures what the conditions need, and tells when the answers change. */
export class Fitness {
  readonly #deps: FitnessDeps;
  readonly #listeners = new Set<() => void>();
  #fit: Fit = 'no';
  /** What listeners know: as they ask again, it is enough to see that it changed. */
  #told = 'no undefined';
  #timer: Timer | undefined;
  #running: AbortController | undefined;
  #probing: Promise<void> = Promise.resolve();

  constructor(deps: FitnessDeps) {
    this.#deps = deps;
  }

  conditions(): readonly ElectionCondition[] {
    const { reach, line, uptimes, rest, machine, settings } = this.#deps;
    return conditionsOf(
      {
        callBacks: reach.reachability.callBacks,
        isReachabilityKnown: reach.reachability.state !== 'unknown',
        uptimeMs: uptimes.nowMs,
        averageUptimeMs: uptimes.averageMs,
        rates: line.rates(),
        machine: machine.read(),
        settled: rest,
      },
      settings(),
    );
  }

  /** How fast this peer's line is. */
  get line(): LineRates {
    return this.#deps.line;
  }

  /** As of the last look, at most a setting election.look ago. */
  get fit(): Fit {
    return this.#fit;
  }

  /** Whether others can connect to this peer; undefined: not known. */
  get reachable(): boolean | undefined {
    const { state } = this.#deps.reach.reachability;
    return state === 'unknown' ? undefined : state === 'reachable';
  }

  get upSeconds(): number {
    return Math.floor(this.#deps.uptimes.nowMs / 1000);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = new AbortController();
    await this.#deps.uptimes.start();
    this.#deps.reach.start();
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#timer?.cancel();
    await Promise.all([this.#deps.reach.stop(), this.#deps.uptimes.stop(), this.#probing]);
  }

  /** Measures and judges again now. */
  look(): void {
    const signal = this.#running?.signal;
    if (!signal) return;
    const conditions = this.conditions();
    const before = this.#told;
    this.#fit = fitOf(conditions);
    this.#told = `${this.#fit} ${this.reachable}`;
    if (this.#told !== before) for (const listener of this.#listeners) listener();
    const isMissing = (name: ElectionCondition['name']) => conditions.some((one) => one.name === name && !one.holds);
    const isWorthIt = !isMissing('allowed') && !isMissing('reachable');
    if (isWorthIt && (isMissing('upload-rate') || isMissing('download-rate'))) {
      this.#probing = this.#deps.line.probe(signal);
    }
  }

  #lookLater(): void {
    this.#timer = this.#deps.clock.setTimer(this.#deps.settings()['election.look'], () => {
      this.look();
      this.#lookLater();
    });
  }
}
