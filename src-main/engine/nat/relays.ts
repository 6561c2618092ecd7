import type { KnownPeer } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { RelayView } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, KnownRemote, RelayPass, Timer } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { TokenBucket } from '../token-bucket.ts';
import { RELAY_IDLE_MS, RELAY_WAIT_MS, RELAYS_OPEN, RELAYS_PER_BLOCK } from '../wire/limits.ts';
import { blockKey } from './call-peer.ts';

export type RelaysDeps = { readonly clock: Clock; readonly settings: () => Settings };

type Pair = {
  readonly token: string;
  readonly asker: NodeId;
  readonly source: NodeId;
  /** Where the asker is said to be, and where it came from. */
  readonly blocks: Set<string>;
  readonly here: Set<NodeId>;
  readonly limit: TokenBucket;
  readonly over: AbortController;
  /** Pieces that wait for their turn. */
  waiting: number;
  carriedMs: number;
  timer: Timer;
};

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
  #bytes = 0;

  constructor(deps: RelaysDeps) {
    this.#deps = deps;
    this.#all = this.#bucket('relay.rate');
  }

  /** Lets two peers meet here; false when this one is no relay, or has enough to carry. */
  offer(token: string, { asker, source }: { readonly asker: KnownPeer; readonly source: NodeId }): boolean {
    const { clock, settings } = this.#deps;
    const block = blockKey(asker);
    const isFull = this.#pairs.size >= RELAYS_OPEN || !this.#hasRoom(block) || this.#isSpent();
    const isNew = !this.#pairs.has(token) && asker.nodeId !== source;
    if (!settings()['relay.volunteer'] || isFull || !isNew) return false;
    const pair: Pair = {
      ...{ token, source, asker: asker.nodeId, blocks: new Set([block]), here: new Set() },
      ...{ limit: this.#bucket('relay.rate-pair'), over: new AbortController(), waiting: 0, carriedMs: 0 },
      timer: clock.setTimer(RELAY_WAIT_MS, () => this.#end(pair)),
    };
    this.#pairs.set(token, pair);
    return true;
  }

  /** One of them has come; undefined for anybody else. */
  enter(token: string, remote: KnownRemote): RelayPass | undefined {
    const pair = this.#pairs.get(token);
    const { nodeId } = remote;
    if (!pair || (nodeId !== pair.asker && nodeId !== pair.source)) return undefined;
    if (nodeId === pair.asker && !this.#admitsFrom(pair, blockKey(remote))) return undefined;
    pair.here.add(nodeId);
    if (pair.here.size === 2) this.#carried(pair);
    return {
      other: nodeId === pair.asker ? pair.source : pair.asker,
      signal: pair.over.signal,
      admit: (bytes) => this.#admit(pair, bytes),
      ended: () => this.#end(pair),
    };
  }

  view(): RelayView {
    const settings = this.#deps.settings();
    return {
      isVolunteer: settings['relay.volunteer'],
      pairs: [...this.#pairs.values()].filter(({ here }) => here.size === 2).length,
      bytes: this.#bytes,
      dayBytes: this.#day.count(this.#deps.clock.monotonicMs()),
      perDay: settings['relay.per-day'],
    };
  }

  stop(): void {
    for (const pair of [...this.#pairs.values()]) this.#end(pair);
  }

  /** By who asks alone: the places of a source, which is called by many, would soon be taken by one of them. */
  #hasRoom(block: string): boolean {
    return [...this.#pairs.values()].filter(({ blocks }) => blocks.has(block)).length < RELAYS_PER_BLOCK;
  }

  /** Another supernode said where the asker is. */
  #admitsFrom({ blocks }: Pair, block: string): boolean {
    if (!blocks.has(block) && !this.#hasRoom(block)) return false;
    blocks.add(block);
    return true;
  }

  async #admit(pair: Pair, bytes: number): Promise<void> {
    const { clock, settings } = this.#deps;
    if (!this.#day.tryTake(clock.monotonicMs(), bytes, settings()['relay.per-day'])) {
      throw new RangeError('a relay has carried enough for a day');
    }
    pair.waiting++;
    await pair.limit.wait(bytes);
    await this.#all.wait(bytes);
    pair.waiting--;
    this.#bytes += bytes;
    pair.carriedMs = clock.monotonicMs();
  }

  /** From now on its place is free when nothing passes for long. */
  #carried(pair: Pair): void {
    pair.carriedMs = this.#deps.clock.monotonicMs();
    this.#watch(pair);
  }

  #watch(pair: Pair): void {
    const { clock } = this.#deps;
    pair.timer.cancel();
    pair.timer = clock.setTimer(pair.carriedMs + RELAY_IDLE_MS - clock.monotonicMs(), () => {
      if (pair.waiting > 0) this.#carried(pair);
      else if (clock.monotonicMs() - pair.carriedMs >= RELAY_IDLE_MS) this.#end(pair);
      else this.#watch(pair);
    });
  }

  #isSpent(): boolean {
    return this.#day.count(this.#deps.clock.monotonicMs()) >= this.#deps.settings()['relay.per-day'];
  }

  #end(pair: Pair): void {
    pair.timer.cancel();
    if (this.#pairs.get(pair.token) === pair) this.#pairs.delete(pair.token);
    pair.over.abort();
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
