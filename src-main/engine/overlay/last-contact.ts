import { isPrivateHost } from '../../contract/address-block.ts';
import type { Clock } from '../ports/index.ts';

/** Long enough that a dial which began beside one that succeeded has run into its time-out. */
const LATELY_MS = 60_000;

/** To be told what becomes of a session. */
export type SessionContact = { heard(): void; ended(): void };

/**
 * Whether anybody is in contact with this peer: where nobody is, a dial that fails says that the line is down, and nothing of whom it was
 * meant for. Who answers from within the local network says nothing of the line to all others.
 */
export class LastContact {
  readonly #clock: Clock;
  readonly #withAny: Stretch;
  readonly #withPublic: Stretch;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#withAny = new Stretch();
    this.#withPublic = new Stretch();
  }

  /** There was a handshake with somebody at `host`. */
  reached(host: string): void {
    for (const stretch of this.#with(host)) stretch.touch(this.#clock.monotonicMs());
  }

  /** There is a session with somebody at `host`. */
  opened(host: string): SessionContact {
    const stretches = this.#with(host);
    for (const stretch of stretches) stretch.open(this.#clock.monotonicMs());
    return {
      heard: () => {
        for (const stretch of stretches) stretch.touch(this.#clock.monotonicMs());
      },
      ended: () => {
        for (const stretch of stretches) stretch.end();
      },
    };
  }

  /** Nobody was in contact lately; with `host`: nobody who shows that the way to it is open. */
  isLost(host?: string): boolean {
    return !this.#towards(host).covers(this.#clock.monotonicMs());
  }

  /** Whether the line to `host` was up at `atMs`; undefined while that cannot be told yet. */
  wasUp(host: string, atMs: number): boolean | undefined {
    const stretch = this.#towards(host);
    if (stretch.sinceMs > atMs) return false;
    if (stretch.lastMs > atMs) return true;
    return this.isLost(host) ? false : undefined;
  }

  /** What a contact with `host` shows. */
  #with(host: string): readonly Stretch[] {
    return isPrivateHost(host) ? [this.#withAny] : [this.#withAny, this.#withPublic];
  }

  #towards(host: string | undefined): Stretch {
    return host === undefined || isPrivateHost(host) ? this.#withAny : this.#withPublic;
  }
}

/** A time without a gap of more than LATELY_MS between contacts: the latest one. */
class Stretch {
  sinceMs = Number.NEGATIVE_INFINITY;
  lastMs = Number.NEGATIVE_INFINITY;
  #sessions = 0;

  covers(nowMs: number): boolean {
    return this.#sessions > 0 || nowMs - this.lastMs <= LATELY_MS;
  }

  touch(nowMs: number): void {
    if (!this.covers(nowMs)) this.sinceMs = nowMs;
    this.lastMs = nowMs;
  }

  open(nowMs: number): void {
    this.touch(nowMs);
    this.#sessions++;
  }

  end(): void {
    this.#sessions--;
  }
}
