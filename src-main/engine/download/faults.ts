import type { ErrorCode } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { StoredFaults } from '../store/stored-faults.ts';

/** Each further fault makes the ban so many times as long: 1 h, 4 h, 16 h, 64 h, a week. */
const GROWTH = 4;
/** More faults than this make no ban longer, whatever the settings are. */
const MOST_FAULTS = 30;
/** Verified chunks after which one that was banned is asked like others again; its faults are remembered. */
const TRIAL_CHUNKS = 16;
/** No clock is believed that says that the peer was away for longer: as long as the longest ban that can be set. */
const MAX_AWAY_MS = 30 * 24 * 3_600_000;

type Deps = { readonly clock: Clock; readonly settings: () => Settings };

/**
 * What one source did wrong with one file, and what follows: a ban for a term that grows with each fault, then a trial, on which the next
 * fault bans for longer at once. After the end of a ban one fault is forgiven each time the longest term has gone by.
 */
export class Faults {
  readonly #deps: Deps;
  #reason: ErrorCode = 'content.bad-bytes';
  #count = 0;
  /** Of the last one, on the monotonic clock; may lie before this peer began. */
  #atMs = 0;
  #goodChunks = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Faults that are not forgiven. */
  get count(): number {
    const idleMs = this.#deps.clock.monotonicMs() - this.#atMs - this.#termMs();
    return Math.max(0, this.#count - Math.max(0, Math.floor(idleMs / this.#deps.settings()['download.ban-max'])));
  }

  /** Of the last one. */
  get reason(): ErrorCode {
    return this.#reason;
  }

  /** How long the ban still lasts; 0 when there is none. */
  get banLeftMs(): number {
    return this.#count === 0 ? 0 : Math.max(0, this.#atMs + this.#termMs() - this.#deps.clock.monotonicMs());
  }

  get isBanned(): boolean {
    return this.banLeftMs > 0;
  }

  /** Asked for one chunk at a time, and for the next only when that was right. */
  get isOnTrial(): boolean {
    return this.#goodChunks < TRIAL_CHUNKS && !this.isBanned && this.count > 0;
  }

  add(reason: ErrorCode): void {
    this.#count = Math.min(MOST_FAULTS, this.count + 1);
    this.#reason = reason;
    this.#atMs = this.#deps.clock.monotonicMs();
    this.#goodChunks = 0;
  }

  /** A chunk of it was right. */
  sentGoodChunk(): void {
    this.#goodChunks++;
  }

  /** The user wants it tried again: the ban is over, what it did is not forgotten. */
  endBan(): void {
    if (this.isBanned) this.#atMs = this.#deps.clock.monotonicMs() - this.#termMs();
  }

  /** To be kept over a restart; null when there is nothing. */
  keep(): StoredFaults | null {
    const { clock } = this.#deps;
    if (this.count === 0) return null;
    const ageMs = Math.max(0, Math.round(clock.monotonicMs() - this.#atMs));
    return { reason: this.#reason, count: this.#count, ageMs, keptMs: Math.round(clock.wallMs()) };
  }

  /** What was kept. A clock that was set back meanwhile makes no ban longer than what was left of it. */
  restore({ reason, count, ageMs, keptMs }: StoredFaults): void {
    const { clock } = this.#deps;
    const awayMs = keptMs === null ? 0 : Math.min(Math.max(clock.wallMs() - keptMs, 0), MAX_AWAY_MS);
    this.#reason = reason;
    this.#count = Math.min(MOST_FAULTS, count);
    this.#atMs = clock.monotonicMs() - ageMs - awayMs;
  }

  #termMs(): number {
    const { 'download.ban-min': min, 'download.ban-max': max } = this.#deps.settings();
    return Math.min(max, min * GROWTH ** Math.max(0, this.#count - 1));
  }
}
