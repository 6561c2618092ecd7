import { formatAddress, type PeerAddress } from '../contract/address.ts';
import type { Clock, Discovery, DiscoveryHandle, DiscoveryOptions } from '../engine/ports/index.ts';

/** How long a word takes to reach all others. */
const HOP_MS = 1;
const SECOND_MS = 1000;

/** Local networks in memory: peers of one `MemoryLan` hear each other. */
export class MemoryLan implements Discovery {
  readonly #clock: Clock;
  readonly #members = new Set<DiscoveryOptions>();
  /** Questions that were asked. */
  questions = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Peers that can be found now. */
  get members(): number {
    return this.#members.size;
  }

  /** Somebody announces an address, a peer's or not. */
  shout(address: PeerAddress): void {
    for (const member of this.#members) member.found(address);
  }

  open(options: DiscoveryOptions): DiscoveryHandle {
    let askedMs = Number.NEGATIVE_INFINITY;
    const tell = (how: 'found' | 'gone', to: Iterable<DiscoveryOptions>) => {
      for (const other of to) if (other !== options) other[how](options.listen);
    };
    const isIn = () => this.#members.has(options);
    this.#members.add(options);
    const ask = () => {
      this.questions++;
      for (const other of this.#members) {
        if (isIn() && formatAddress(other.listen) !== formatAddress(options.listen)) options.found(other.listen);
      }
    };
    this.#clock.setTimer(HOP_MS, () => {
      if (!isIn()) return;
      tell('found', this.#members);
      ask();
    });
    return {
      ask: () => {
        if (this.#clock.monotonicMs() - askedMs < SECOND_MS) return;
        askedMs = this.#clock.monotonicMs();
        this.#clock.setTimer(HOP_MS, ask);
      },
      state: () => ({ works: isIn(), refused: 0 }),
      close: async () => {
        if (this.#members.delete(options)) tell('gone', this.#members);
      },
    };
  }
}
