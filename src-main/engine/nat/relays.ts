import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, KnownRemote, Logger, RelayPass, Timer } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { TokenBucket } from '../token-bucket.ts';
import { RELAY_WAIT_MS, RELAYS_OPEN } from '../wire/limits.ts';

export type RelaysDeps = { readonly clock: Clock; readonly logger: Logger; readonly settings: () => Settings };

type Pair = { readonly ends: readonly [NodeId, NodeId]; readonly limit: TokenBucket; readonly late: Timer };

const DAY_MS = 24 * 60 * 60_000;
/** Burst of a limit, as time of its rate, and at least one TLS record. */
const BURST_SECONDS = 1;
const MIN_BURST_BYTES = 32 * 1024;

/** What this peer carries between two others that cannot connect to each other: as much as its user lets it, and nothing that it can read. */
export class Relays {
  readonly #deps: RelaysDeps;
  readonly #pairs = new Map<string, Pair>();
  readonly #all: TokenBucket;
  readonly #day = new RateWindow(DAY_MS);

  constructor(deps: RelaysDeps) {
    this.#deps = deps;
    this.#all = this.#bucket('relay.rate');
  }

  /** Lets two peers meet here; false when this one is no relay, or has enough to carry. */
  offer(token: string, ends: readonly [NodeId, NodeId]): boolean {
    const { clock, settings } = this.#deps;
    const isFull = this.#pairs.size >= RELAYS_OPEN || this.#pairs.has(token) || this.#isSpent();
    if (!settings()['relay.volunteer'] || isFull || ends[0] === ends[1]) return false;
    const late = clock.setTimer(RELAY_WAIT_MS, () => this.#end(token));
    this.#pairs.set(token, { ends, limit: this.#bucket('relay.rate-pair'), late });
    return true;
  }

  /** One of them has come; undefined for anybody else. */
  enter(token: string, { nodeId }: KnownRemote): RelayPass | undefined {
    const pair = this.#pairs.get(token);
    if (!pair?.ends.includes(nodeId)) return undefined;
    const [one, two] = pair.ends;
    return {
      other: nodeId === one ? two : one,
      admit: (bytes) => this.#admit(pair, bytes),
      ended: () => this.#end(token),
    };
  }

  stop(): void {
    for (const token of [...this.#pairs.keys()]) this.#end(token);
  }

  async #admit({ limit, late }: Pair, bytes: number): Promise<void> {
    late.cancel();
    const { clock, settings } = this.#deps;
    if (!this.#day.tryTake(clock.monotonicMs(), bytes, settings()['relay.per-day'])) {
      throw new RangeError('a relay has carried enough for a day');
    }
    await limit.wait(bytes);
    await this.#all.wait(bytes);
  }

  #isSpent(): boolean {
    return this.#day.count(this.#deps.clock.monotonicMs()) >= this.#deps.settings()['relay.per-day'];
  }

  #end(token: string): void {
    this.#pairs.get(token)?.late.cancel();
    this.#pairs.delete(token);
  }

  #bucket(name: 'relay.rate' | 'relay.rate-pair'): TokenBucket {
    const rate = () => this.#deps.settings()[name];
    return new TokenBucket({
      clock: this.#deps.clock,
      rate,
      capacity: () => Math.max(MIN_BURST_BYTES, rate() * BURST_SECONDS),
    });
  }
}
