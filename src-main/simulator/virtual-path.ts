import type { Clock, Random } from '../engine/ports/index.ts';

/** How a line between two hosts behaves, one way. No rate = as fast as it is asked. */
export type LinkProfile = {
  readonly latencyMs: number;
  /** Up to this much is added to each latency, at random. */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
};

/**
 * What travels: `onLine` is called at once, or when the line is healed, with the time when the last byte will have left (monotonic ms),
 * `onSent` at that time, `onArrive` when it is there.
 */
export type Parcel = {
  readonly bytes: number;
  /** For those who count: the text of a session's message, the path of a request, the same path for its answer. */
  readonly what?: string;
  readonly onLine?: (untilMs: number) => void;
  readonly onSent?: () => void;
  readonly onArrive: () => void;
};

/** Told of everything that is sent: bytes, and what it is (see Parcel). */
export type Sent = (bytes: number, what?: string) => void;

/** A connection over a line. */
export interface PathUser {
  /** The line was cut, or healed. */
  lineChanged(): void;
}

type PathDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly sent?: Sent | undefined;
};

/** Larger than any message of a session, and than a piece of a stream: the body of a request or its answer, alone on its connection. */
const LARGE_BYTES = 2 ** 16 + 2 ** 10;

/** What goes one behind the other: when the line has sent the last byte, and when that is there. Monotonic ms. */
type Lane = { freeAtMs: number; lastArrivalMs: number };

/**
 * One direction between two hosts: keeps the order, shares its rate among all connections, holds back everything while it is cut. What is
 * small does not wait for a large body on another connection, since TCP shares a line among its connections; the body takes longer for it.
 */
export class VirtualPath {
  readonly #deps: PathDeps;
  #profile: LinkProfile;
  readonly #small: Lane = { freeAtMs: 0, lastArrivalMs: 0 };
  readonly #large: Lane = { freeAtMs: 0, lastArrivalMs: 0 };
  #cut = false;
  #held: Parcel[] = [];
  readonly #users = new Set<PathUser>();
  readonly #unused: () => void;

  /** `unused` is called when the last connection over it has ended. */
  constructor(deps: PathDeps, profile: LinkProfile, unused: () => void) {
    this.#deps = deps;
    this.#profile = profile;
    this.#unused = unused;
  }

  use(user: PathUser): void {
    this.#users.add(user);
  }

  leave(user: PathUser): void {
    if (this.#users.delete(user) && this.#users.size === 0) this.#unused();
  }

  get isCut(): boolean {
    return this.#cut;
  }

  /** The latency of the next parcel, ms. */
  latencyMs(): number {
    const { latencyMs, jitterMs = 0 } = this.#profile;
    return latencyMs + (jitterMs > 0 ? this.#deps.random.float() * jitterMs : 0);
  }

  setProfile(profile: LinkProfile): void {
    this.#profile = profile;
  }

  /** What is sent from now on waits until `heal`, as TCP sends again what was lost. */
  cut(): void {
    this.#cut = true;
    for (const user of this.#users) user.lineChanged();
  }

  heal(): void {
    if (!this.#cut) return;
    this.#cut = false;
    const held = this.#held;
    this.#held = [];
    for (const parcel of held) this.send(parcel);
    for (const user of this.#users) user.lineChanged();
  }

  send(parcel: Parcel): void {
    if (this.#cut) {
      this.#held.push(parcel);
      return;
    }
    const { clock, sent } = this.#deps;
    sent?.(parcel.bytes, parcel.what);
    const now = clock.monotonicMs();
    const rate = this.#profile.bytesPerSecond;
    const takesMs = rate === undefined ? 0 : (parcel.bytes * 1000) / rate;
    const lane = parcel.bytes > LARGE_BYTES ? this.#large : this.#small;
    if (lane === this.#small && this.#large.freeAtMs > now) this.#large.freeAtMs += takesMs;
    lane.freeAtMs = Math.max(now, lane.freeAtMs) + takesMs;
    lane.lastArrivalMs = Math.max(lane.lastArrivalMs, lane.freeAtMs + this.latencyMs());
    parcel.onLine?.(lane.freeAtMs);
    if (parcel.onSent) clock.setTimer(lane.freeAtMs - now, parcel.onSent);
    clock.setTimer(lane.lastArrivalMs - now, parcel.onArrive);
  }
}
