import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Asker, Credit } from './asker.ts';
import { slotKey, type WantedFile } from './upload-slots.ts';

/** Somebody's place in the line for a slot. */
export type Place = {
  readonly key: string;
  readonly hash: ContentHash;
  readonly name: string;
  readonly size?: number | undefined;
  /** As last seen: the address may change between two polls. */
  asker: Asker;
  /** Waiting counts from here. */
  sinceMs: number;
  /** Order of arrival, for equal scores. */
  sequence: number;
  polledMs: number;
  /** Until then requests belong to the last poll: pipelining, or a second connection of the same client. */
  burstUntilMs: number;
  /** A poll before this is too early. */
  dueMs: number;
  /** Without a poll until then the place holds no free slot back: its owner is late, and others are here. */
  lateMs: number;
};

type QueueSettings = Pick<Settings, 'upload.queue' | 'upload.place-keep' | 'upload.poll-min'>;
type Deps = { readonly settings: () => QueueSettings; readonly credit: Credit };

/** Places of one address in any case (protocol section 10). */
export const PLACES_PER_BLOCK = 4;
/** A poll this share of the interval too early is still on time: clocks drift, and Retry-After has whole seconds only. */
const EARLY_SLACK = 0.1;
/** The first tenth of the interval: a client sends its requests of one moment well within a second. */
const BURST_SHARE = 0.1;
/** Half an interval more than asked: round trip, jitter and a new connection fit in, and a slot is not empty for long. */
const PRESENT_INTERVALS = 1.5;
/** Who waits long polls more seldom, but at most this many times: a slot may come sooner than estimated. */
const LONGEST_POLL_INTERVALS = 6;
/** Polls in the estimated time: the estimate may be ten times too long before a slot stays empty for want of a poll. */
const POLLS_PER_ETA = 10;

/** The line: places, their order, and when each is lost. */
export class UploadQueue {
  readonly #deps: Deps;
  readonly #places = new Map<string, Place>();
  #arrivals = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#places.size;
  }

  get(key: string): Place | undefined {
    return this.#places.get(key);
  }

  all(): IterableIterator<Place> {
    return this.#places.values();
  }

  /** A place for somebody who is not in the line yet; it counts only once it is added. */
  newPlace({ asker, hash, name, size }: WantedFile, nowMs: number): Place {
    const sequence = this.#arrivals++;
    const times = { sinceMs: nowMs, polledMs: nowMs, burstUntilMs: nowMs, dueMs: nowMs, lateMs: nowMs };
    return { key: slotKey(asker, hash), hash, name, size, asker, sequence, ...times };
  }

  /** Lets the place in, or says which limit it meets. A peer displaces the last anonymous client of a full line. */
  add(place: Place, nowMs: number): 'added' | 'full' | 'too-many' {
    let ofBlock = 0;
    for (const { asker } of this.#places.values()) if (asker.block === place.asker.block) ofBlock++;
    if (ofBlock >= PLACES_PER_BLOCK) return 'too-many';
    if (this.#places.size >= this.#deps.settings()['upload.queue']) {
      const worst = this.ranked(nowMs).at(-1);
      if (!worst || worst.asker.nodeId !== undefined || place.asker.nodeId === undefined) return 'full';
      this.#places.delete(worst.key);
    }
    this.#places.set(place.key, place);
    return 'added';
  }

  /** Puts somebody back who waited before a restart: welcome at any time, and awaited before others pass. */
  restore(wanted: WantedFile, waitedMs: number, nowMs: number): void {
    if (this.#places.size >= this.#deps.settings()['upload.queue']) return;
    const place = this.newPlace(wanted, nowMs);
    place.sinceMs -= waitedMs;
    place.lateMs += this.#deps.settings()['upload.poll-min'] * PRESENT_INTERVALS;
    this.#places.set(place.key, place);
  }

  remove(key: string): boolean {
    return this.#places.delete(key);
  }

  /** Notes that the owner asks again; too early, and the place goes to the end of the line. */
  poll(place: Place, asker: Asker, nowMs: number): void {
    place.asker = asker;
    if (nowMs <= place.burstUntilMs) return;
    if (nowMs < place.dueMs) {
      place.sinceMs = nowMs;
      place.sequence = this.#arrivals++;
    }
    place.polledMs = nowMs;
  }

  /** Sets when the owner is to come back, in whole seconds as Retry-After has them, and returns it (ms). */
  schedule(place: Place, etaMs: number): number {
    const { 'upload.poll-min': min } = this.#deps.settings();
    const wanted = Math.min(Math.max(etaMs / POLLS_PER_ETA, min), min * LONGEST_POLL_INTERVALS);
    const pollMs = Math.ceil(wanted / 1000) * 1000;
    place.burstUntilMs = place.polledMs + pollMs * BURST_SHARE;
    place.dueMs = place.polledMs + pollMs * (1 - EARLY_SLACK);
    place.lateMs = place.polledMs + pollMs * PRESENT_INTERVALS;
    return pollMs;
  }

  /** Forgets places whose owners stayed away too long; returns them. */
  expire(nowMs: number): readonly Place[] {
    const keepMs = this.#deps.settings()['upload.place-keep'];
    const expired = [...this.#places.values()].filter(({ polledMs }) => nowMs - polledMs > keepMs);
    for (const { key } of expired) this.#places.delete(key);
    return expired;
  }

  /** Whether its owner keeps polling, so that a free slot may be held for it. */
  isPresent(place: Place, nowMs: number): boolean {
    return nowMs <= place.lateMs;
  }

  /** All places, next first; with `extra`, who is about to join. */
  ranked(nowMs: number, extra?: Place): Place[] {
    const places = [...this.#places.values()];
    if (extra && !this.#places.has(extra.key)) places.push(extra);
    return places.sort((a, b) => this.#compare(a, b, nowMs));
  }

  /** 1 is next. */
  position(place: Place, nowMs: number): number {
    let before = 0;
    for (const other of this.#places.values()) {
      if (other !== place && this.#compare(other, place, nowMs) < 0) before++;
    }
    return before + 1;
  }

  credit(asker: Asker): number {
    return asker.nodeId === undefined ? 1 : this.#deps.credit(asker.nodeId);
  }

  /** Peers before anonymous clients, then waiting time × credit, then order of arrival. */
  #compare(a: Place, b: Place, nowMs: number): number {
    const anonymous = Number(a.asker.nodeId === undefined) - Number(b.asker.nodeId === undefined);
    const score = this.#score(b, nowMs) - this.#score(a, nowMs);
    return anonymous || score || a.sequence - b.sequence;
  }

  #score(place: Place, nowMs: number): number {
    return (nowMs - place.sinceMs) * this.credit(place.asker);
  }
}
