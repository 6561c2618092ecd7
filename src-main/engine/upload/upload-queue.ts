import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Asker, Credit } from './asker.ts';
import { waitingScore } from './credit.ts';
import { type Slot, slotKey, type WantedFile } from './upload-slots.ts';

/** Somebody's place in the line for a slot. */
export type Place = {
  readonly key: string;
  readonly hash: ContentHash;
  readonly name: string;
  readonly size?: number | undefined;
  /** As last seen: the address may change between two polls. */
  asker: Asker;
  /** Waiting counts from here; in the future for one who has had more than its share. */
  sinceMs: number;
  /** Order of arrival, for equal scores. */
  sequence: number;
  polledMs: number;
  /** Until then requests belong to the last poll: pipelining, or a second connection of the same client. */
  burstUntilMs: number;
  /** When it was asked to come back. */
  nextMs: number;
  /** A poll before this is too early. */
  dueMs: number;
  /** Without a poll until then the place holds no free slot back: its owner is late, and others are here. */
  lateMs: number;
};

/** Waiting that the last turn of a party did not use up; negative: it owes so much. */
type Balance = {
  readonly waitedMs: number;
  readonly endedMs: number;
  /** When what is owed has been waited for: set as soon as a place of the party is in the line. */
  readonly paidMs?: number;
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
/** Peers whose last turn is remembered: 100 KiB. */
const MAX_BALANCES = 1000;
/** Nobody owes more than one whole wait. */
const MOST_TURNS = 2;
/** Who waits long polls more seldom, but at most this many times: a slot may come sooner than estimated. */
const LONGEST_POLL_INTERVALS = 6;
/** Polls in the estimated time: the estimate may be ten times too long before a slot stays empty for want of a poll. */
const POLLS_PER_ETA = 10;
/** Who is served within this many intervals comes back just then: a grid of whole intervals leaves a slot empty for half of one. */
const AIMED_INTERVALS = 2;

/** The line: places, their order, and when each is lost. */
export class UploadQueue {
  readonly #deps: Deps;
  readonly #places = new Map<string, Place>();
  /** By party. */
  readonly #balances = new Map<string, Balance>();
  #arrivals = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#places.size;
  }

  get longestPollMs(): number {
    return this.#deps.settings()['upload.poll-min'] * LONGEST_POLL_INTERVALS;
  }

  get(key: string): Place | undefined {
    return this.#places.get(key);
  }

  all(): IterableIterator<Place> {
    return this.#places.values();
  }

  /** A place for somebody who is not in the line yet, with what is left of its waiting before; it counts only once it is added or taken. */
  newPlace({ asker, hash, name, size }: WantedFile, nowMs: number): Place {
    const sequence = this.#arrivals++;
    const sinceMs = nowMs - this.#balanceOf(asker, nowMs);
    const times = { sinceMs, polledMs: nowMs, burstUntilMs: nowMs, nextMs: nowMs, dueMs: nowMs, lateMs: nowMs };
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
    this.#carry(place, nowMs);
    return 'added';
  }

  /** The owner of the place gets a slot. Gives how long it waited for it; what it still owes it owes for what it asks next. */
  take({ key, asker, sinceMs }: Place, nowMs: number): number {
    const isNew = !this.#places.delete(key);
    if (sinceMs > nowMs) this.#setBalance(asker, { waitedMs: nowMs - sinceMs, endedMs: nowMs });
    else if (isNew) this.#balances.delete(asker.party);
    return nowMs - sinceMs;
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
      place.sinceMs = Math.max(place.sinceMs, nowMs);
      place.sequence = this.#arrivals++;
    }
    place.polledMs = nowMs;
  }

  /** Sets when the owner is to come back, in whole seconds as Retry-After has them, and returns it (ms). */
  schedule(place: Place, etaMs: number): number {
    const { 'upload.poll-min': min } = this.#deps.settings();
    const isSoon = etaMs < min * AIMED_INTERVALS;
    const wanted = Math.min(Math.max(isSoon ? etaMs : etaMs / POLLS_PER_ETA, min), min * LONGEST_POLL_INTERVALS);
    const pollMs = Math.ceil(wanted / 1000) * 1000;
    place.burstUntilMs = place.polledMs + pollMs * BURST_SHARE;
    place.nextMs = place.polledMs + pollMs;
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

  /**
   * A slot was held for that many turns. Slots are shared in time: its owner keeps the rest of its waiting for what it asks next, or has to
   * wait longer for what was more than a turn; so do others at its address, who would else be served in its stead. Who owes waiting goes on
   * owing it: only waiting pays.
   */
  charge({ asker, waitedMs }: Pick<Slot, 'asker' | 'waitedMs'>, turns: number, nowMs: number): void {
    const left = 1 - Math.min(turns, MOST_TURNS);
    this.#keep(asker, waitedMs > 0 ? waitedMs * left : waitedMs, nowMs);
    for (const place of this.#places.values()) {
      if (place.asker.party !== asker.party && place.asker.block !== asker.block) continue;
      if (place.sinceMs > nowMs) continue;
      place.sinceMs = nowMs - (nowMs - place.sinceMs) * Math.max(0, left);
    }
  }

  /** Whether its owner keeps polling, so that a free slot may be held for it. */
  isPresent(place: Place, nowMs: number): boolean {
    return nowMs <= place.lateMs;
  }

  /** All places, next first; with `extra`, who is about to join. */
  ranked(nowMs: number, extra?: Place): Place[] {
    const places = [...this.#places.values()];
    if (extra && !this.#places.has(extra.key)) places.push(extra);
    const scores = new Map(places.map((place) => [place, this.#score(place, nowMs)]));
    return places.sort((a, b) => compare(a, b, (scores.get(b) ?? 0) - (scores.get(a) ?? 0)));
  }

  /** 1 is next. */
  position(place: Place, nowMs: number): number {
    const score = this.#score(place, nowMs);
    let before = 0;
    for (const other of this.#places.values()) {
      if (other !== place && compare(other, place, score - this.#score(other, nowMs)) < 0) before++;
    }
    return before + 1;
  }

  credit({ nodeId }: Pick<Asker, 'nodeId'>): number {
    return nodeId === undefined ? 1 : this.#deps.credit(nodeId);
  }

  #balanceOf({ party }: Asker, nowMs: number): number {
    const balance = this.#balances.get(party);
    if (!balance) return 0;
    if (balance.paidMs !== undefined) return Math.min(0, nowMs - balance.paidMs);
    return nowMs - balance.endedMs <= this.#deps.settings()['upload.place-keep'] ? balance.waitedMs : 0;
  }

  /** Waiting that was kept counts for one place only; what is owed for every further one too, until one of them has waited for it. */
  #carry({ asker, sinceMs }: Place, nowMs: number): void {
    if (sinceMs > nowMs) this.#setBalance(asker, { waitedMs: nowMs - sinceMs, endedMs: nowMs, paidMs: sinceMs });
    else this.#balances.delete(asker.party);
  }

  /** What a turn leaves. That more is owed already, it does not forgive. */
  #keep(asker: Asker, waitedMs: number, nowMs: number): void {
    const owedMs = Math.min(0, this.#balanceOf(asker, nowMs));
    if (owedMs === 0 || waitedMs <= owedMs) this.#setBalance(asker, { waitedMs, endedMs: nowMs });
  }

  #setBalance({ party }: Asker, balance: Balance): void {
    this.#balances.delete(party);
    this.#balances.set(party, balance);
    const [oldest] = this.#balances.keys();
    if (oldest !== undefined && this.#balances.size > MAX_BALANCES) this.#balances.delete(oldest);
  }

  #score(place: Place, nowMs: number): number {
    return waitingScore(nowMs - place.sinceMs, this.credit(place.asker));
  }
}

/** Peers before anonymous clients, then waiting time × credit (`lead`: by how much b's score is higher), then order of arrival. */
function compare(a: Place, b: Place, lead: number): number {
  const anonymous = Number(a.asker.nodeId === undefined) - Number(b.asker.nodeId === undefined);
  return anonymous || lead || a.sequence - b.sequence;
}
