import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { LanView } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Discovery, DiscoveryHandle, Random, Timer } from '../ports/index.ts';
import { pick } from '../shuffle.ts';

export type LanSearchDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: () => Settings;
  readonly listen: () => readonly PeerAddress[];
  /** Undefined where there is no local network to search, in simulations. */
  readonly discovery?: Discovery | undefined;
};

/** Enough to join by, in a network of any size. */
const MAX_FOUND = 64;
/** Several peers on one machine are rare. */
const MAX_PER_HOST = 8;
/** New addresses a minute: who shouts thousands must not make this peer dial thousands. */
const MAX_NEW = 64;
const NEW_WINDOW_MS = 60_000;
/** Twice the longest pause between questions: who did not answer the last two is gone. */
const KEEP_MS = 2 * 60 * 60_000;
/** Pauses between questions: the first, doubling up to the longest (RFC 6762, section 5.2). */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60 * 60_000;

/** What the local network says of peers in it: addresses to try, few enough whatever anybody says. */
export class LanSearch {
  readonly #deps: LanSearchDeps;
  readonly #onFound: () => void;
  /** By address: when it was announced last. */
  readonly #found = new Map<string, { readonly address: PeerAddress; readonly heardMs: number }>();
  #handle: DiscoveryHandle | undefined;
  #closing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #newSinceMs = 0;
  #new = 0;
  #refused = 0;
  #isRunning = false;

  /** `onFound`: there is an address that was not known. */
  constructor(deps: LanSearchDeps, onFound: () => void) {
    this.#deps = deps;
    this.#onFound = onFound;
  }

  start(): void {
    this.#isRunning = true;
    this.reconsider();
  }

  /** Takes leave. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#close();
    await this.#closing;
  }

  /** The setting may have changed. */
  reconsider(): void {
    const { discovery, settings, listen } = this.#deps;
    const [address] = listen();
    const isWanted = this.#isRunning && settings()['discovery.lan'];
    if (!isWanted) this.#close();
    else if (discovery && address && !this.#handle) {
      this.#handle = discovery.open({
        listen: address,
        found: (one) => this.#heard(one),
        gone: (one) => void this.#found.delete(formatAddress(one)),
      });
      this.#askLater();
    }
  }

  /** Asks now and soon again: this peer needs somebody. */
  lookAgain(): void {
    if (!this.#handle) return;
    this.#handle.ask();
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#askLater();
  }

  /** Announced lately. */
  addresses(): readonly PeerAddress[] {
    const sinceMs = this.#deps.clock.monotonicMs() - KEEP_MS;
    return [...this.#found.values()].filter(({ heardMs }) => heardMs >= sinceMs).map(({ address }) => address);
  }

  view(): LanView {
    const state = this.#handle?.state();
    return {
      state: state ? (state.works ? 'on' : 'unavailable') : 'off',
      found: this.addresses().length,
      refused: this.#refused + (state?.refused ?? 0),
    };
  }

  #close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#found.clear();
    const handle = this.#handle;
    this.#handle = undefined;
    if (!handle) return;
    this.#refused += handle.state().refused;
    this.#closing = Promise.all([this.#closing, handle.close()]).then(() => undefined);
  }

  #askLater(): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimer(this.#pauseMs, () => {
      this.#handle?.ask();
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      this.#askLater();
    });
  }

  #heard(address: PeerAddress): void {
    const key = formatAddress(address);
    const isNew = !this.#found.has(key);
    if (isNew && !this.#makeRoom(address.host)) {
      this.#refused++;
      return;
    }
    this.#found.set(key, { address, heardMs: this.#deps.clock.monotonicMs() });
    if (isNew) this.#onFound();
  }

  /** A full list gives up one at random: neither the first that shout nor the last can fill it for long. */
  #makeRoom(host: string): boolean {
    const { clock, random } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#newSinceMs >= NEW_WINDOW_MS) {
      this.#newSinceMs = nowMs;
      this.#new = 0;
    }
    for (const [key, { heardMs }] of this.#found) if (nowMs - heardMs > KEEP_MS) this.#found.delete(key);
    const ofHost = [...this.#found.values()].filter(({ address }) => address.host === host);
    if (this.#new >= MAX_NEW || ofHost.length >= MAX_PER_HOST) return false;
    this.#new++;
    const victim = this.#found.size >= MAX_FOUND ? pick(random, [...this.#found.keys()]) : undefined;
    if (victim !== undefined) this.#found.delete(victim);
    return true;
  }
}
