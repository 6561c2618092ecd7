import { parseAddress } from '../../contract/address.ts';
import { classifyHost, singleBlock } from '../../contract/address-block.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/index.ts';

export type WayDoubtsDeps = {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly settings: () => Settings;
  /** When it was found out last whether this peer can be reached, monotonic ms. */
  readonly knownMs: () => number;
  readonly findOut: () => void;
};

/**
 * Signs that the way to this peer is another one than it was: its router was started again, or has another address outside. Each is a stranger's
 * word, and one that says it again and again is followed once in a setting reach.doubt-interval.
 */
export class WayDoubts {
  readonly #deps: WayDoubtsDeps;
  /** Where supernodes saw this peer last, for each kind of network that it may be seen from. */
  readonly #seen = new Map<string, string>();
  readonly #publicHosts = new Map<string, string>();
  #followedMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #isRunning = false;

  constructor(deps: WayDoubtsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isRunning = true;
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A supernode says where it sees this peer. What is no address says nothing. */
  seenAt(text: string): void {
    const host = parseAddress(text)?.host;
    if (host === undefined || classifyHost(host) === 'name') return;
    const kind = `${classifyHost(host)} ${host.includes(':')}`;
    if (classifyHost(host) === 'public') this.#publicHosts.set(kind, host);
    const before = this.#seen.get(kind);
    const now = singleBlock(host);
    this.#seen.set(kind, now);
    if (before !== undefined && before !== now) this.doubt();
  }

  /** Where supernodes in other networks see this peer, as they say: one address of a family at most. */
  get publicHosts(): readonly string[] {
    return [...this.#publicHosts.values()];
  }

  /** What was known may be wrong. Nothing is lost when it was found out a moment ago: it is found out again when it may be. */
  doubt(): void {
    const { clock, settings, knownMs, findOut } = this.#deps;
    if (!this.#isRunning || this.#timer) return;
    const laterMs = Math.max(this.#followedMs, knownMs()) + settings()['reach.doubt-interval'] - clock.monotonicMs();
    this.#timer = clock.setTimer(Math.max(0, laterMs), () => {
      this.#timer = undefined;
      this.#followedMs = clock.monotonicMs();
      findOut();
    });
  }
}
