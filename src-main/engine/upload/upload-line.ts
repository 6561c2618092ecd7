import type { Settings } from '../../contract/settings.ts';
import type { Credit } from './asker.ts';
import { type Place, UploadQueue } from './upload-queue.ts';
import { SLOTS_PER_PARTY, type Slot, slotKey, UploadSlots, type WantedFile } from './upload-slots.ts';
import { WaitEstimator } from './wait-estimator.ts';

type LineSettings = Pick<
  Settings,
  | 'upload.slot-idle'
  | 'upload.slot-idle-busy'
  | 'upload.slot-turn'
  | 'upload.slot-overrun'
  | 'upload.per-file'
  | 'upload.queue'
  | 'upload.place-keep'
  | 'upload.poll-min'
>;
type Deps = {
  readonly settings: () => LineSettings;
  /** How many there are now. */
  readonly slots: () => number;
  readonly credit: Credit;
};

/** `position` 1 is next. `etaMs` is an estimate. */
export type Queued = {
  readonly position: number;
  readonly length: number;
  readonly etaMs: number;
  readonly pollMs: number;
};
export type Verdict =
  | { readonly kind: 'granted'; readonly slot: Slot }
  | ({ readonly kind: 'queued' } & Queued)
  | { readonly kind: 'refused'; readonly why: 'full' | 'too-many' | 'busy' };

/** What the client asks for under its slot: how much, and whether it said that it needs no more. */
export type AskedRange = { readonly bytes: number; readonly last: boolean };

/**
 * Who may be sent a large file now: slots and the line for them (protocol section 10), as a state machine without timers. A slot that
 * falls free is held for whoever is next and still polls, so that no newcomer is faster.
 */
export class UploadLine {
  readonly slots: UploadSlots;
  readonly queue: UploadQueue;
  readonly #settings: () => LineSettings;
  readonly #estimator: WaitEstimator;

  constructor(deps: Deps) {
    this.slots = new UploadSlots(deps.slots, deps.settings);
    this.queue = new UploadQueue(deps);
    this.#settings = deps.settings;
    this.#estimator = new WaitEstimator({ ...deps, slots: this.slots, queue: this.queue });
  }

  /** One request for bytes. `granted` counts it as running until `finish`. */
  ask(wanted: WantedFile, range: AskedRange, nowMs: number): Verdict {
    this.settle(nowMs);
    const key = slotKey(wanted.asker, wanted.hash);
    const held = this.slots.get(key);
    if (held && !this.slots.isClosed && !(this.slots.hadTurn(held, nowMs) && this.#othersWait(held, nowMs))) {
      return this.#begin(held, range, nowMs);
    }
    const known = this.queue.get(key);
    if (known) this.queue.poll(known, wanted.asker, nowMs);
    const place = known ?? this.queue.newPlace(wanted, nowMs);
    if (this.#chosen(nowMs, place).has(place)) {
      return this.#begin(this.slots.take(wanted, this.queue.take(place, nowMs), nowMs), range, nowMs);
    }
    const added = known ? 'added' : this.queue.add(place, nowMs);
    return added === 'added' ? this.#wait(place, nowMs) : { kind: 'refused', why: added };
  }

  /** For what needs no slot while nothing is to be sent: it is not in the line, and comes back later. */
  turnAway(): Queued & { readonly kind: 'queued' } {
    const pollMs = this.queue.longestPollMs;
    return { kind: 'queued', position: this.queue.size + 1, length: this.queue.size + 1, etaMs: pollMs, pollMs };
  }

  /** A request that was granted has ended, in whatever way. */
  finish(slot: Slot, nowMs: number): void {
    slot.running--;
    slot.activeMs = nowMs;
    if (slot.running === 0) slot.asked = slot.sent;
    this.settle(nowMs);
  }

  /** Ends slots that are over and places whose owners stayed away. */
  settle(nowMs: number): void {
    this.queue.expire(nowMs);
    let served = this.#chosen(nowMs);
    for (const slot of [...this.slots.all()]) {
      const othersWait = this.#othersWait(slot, nowMs, { served });
      if (!this.slots.isOver(slot, nowMs, othersWait)) continue;
      this.#end(slot, slot.last || !(this.slots.isClosed || (othersWait && this.slots.hadTurn(slot, nowMs))), nowMs);
      served = this.#chosen(nowMs);
    }
  }

  /** Whether the slot has had its turn and others wait for it: only the range that is running holds it. */
  isOverdue(slot: Slot, nowMs: number): boolean {
    return this.slots.hadTurn(slot, nowMs) && this.#othersWait(slot, nowMs);
  }

  /** Whether peers wait and the slot has had its turn and more: the range that runs under it is to end. */
  hasOverrun(slot: Slot, nowMs: number): boolean {
    return this.slots.hasOverrun(slot, nowMs) && this.#othersWait(slot, nowMs, { isPeer: true });
  }

  /** Takes a slot away from its owner, who wanted more. */
  end(slot: Slot, nowMs: number): void {
    if (this.slots.get(slot.key) === slot) this.#end(slot, false, nowMs);
  }

  #end(slot: Slot, isDone: boolean, nowMs: number): void {
    this.slots.end(slot);
    this.#estimator.ended(slot, isDone, nowMs);
    this.queue.charge(slot, (nowMs - slot.takenMs) / this.#settings()['upload.slot-turn'], nowMs);
  }

  #begin(slot: Slot, { bytes, last }: AskedRange, nowMs: number): Verdict {
    this.queue.remove(slot.key);
    slot.running++;
    slot.activeMs = nowMs;
    slot.last = last;
    slot.asked += bytes;
    slot.range = bytes;
    return { kind: 'granted', slot };
  }

  #wait(place: Place, nowMs: number): Verdict {
    const position = this.queue.position(place, nowMs);
    const etaMs = this.#estimator.waitMs(place, nowMs);
    return { kind: 'queued', position, length: this.queue.size, etaMs, pollMs: this.queue.schedule(place, etaMs) };
  }

  /** Whether anybody waits whom no free slot is held for and who would be served before the slot's owner. */
  #othersWait(slot: Slot, nowMs: number, of: { served?: ReadonlySet<Place>; isPeer?: boolean } = {}): boolean {
    const { served = this.#chosen(nowMs), isPeer = false } = of;
    for (const place of this.queue.all()) {
      if (isPeer && place.asker.nodeId === undefined) continue;
      const isOther = place.asker.party !== slot.asker.party && this.queue.isPresent(place, nowMs);
      const isFirst = place.asker.nodeId !== undefined || slot.asker.nodeId === undefined;
      if (isOther && isFirst && !served.has(place)) return true;
    }
    return false;
  }

  /**
   * The places, `joining` among them, that the free slots go to: in order, one slot for each party and address, then a second where
   * some are left: many names at one address have what one has, while others wait.
   */
  #chosen(nowMs: number, joining?: Place): ReadonlySet<Place> {
    const chosen = new Set<Place>();
    if (this.slots.free === 0 || (this.queue.size === 0 && !joining)) return chosen;
    const ranked = this.queue
      .ranked(nowMs, joining)
      .filter((place) => (place === joining || this.queue.isPresent(place, nowMs)) && !this.slots.get(place.key));
    const perFile = this.#settings()['upload.per-file'] || Number.POSITIVE_INFINITY;
    const taken = new Map<string, number>();
    const takenBy = (name: string, held: number) => held + (taken.get(name) ?? 0);
    for (let share = 1; share <= SLOTS_PER_PARTY; share++) {
      for (const place of ranked) {
        const { hash } = place;
        const { party, block } = place.asker;
        if (chosen.size === this.slots.free) return chosen;
        if (chosen.has(place) || takenBy(`party ${party}`, this.slots.ofParty(party)) >= share) continue;
        if (takenBy(`block ${block}`, this.slots.ofBlock(block)) >= share) continue;
        if (takenBy(`file ${hash}`, this.slots.ofHash(hash)) >= perFile) continue;
        chosen.add(place);
        for (const name of [`party ${party}`, `block ${block}`, `file ${hash}`])
          taken.set(name, (taken.get(name) ?? 0) + 1);
      }
    }
    return chosen;
  }
}
