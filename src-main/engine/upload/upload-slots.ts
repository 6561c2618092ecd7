import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Asker } from './asker.ts';

/** Names a slot and a place in the queue: who wants which file. Requests and connections come and go below it. */
export const slotKey = (asker: Asker, hash: ContentHash): string => `${asker.party}/${hash}`;

/** Who wants which file; `name` and `size` are for showing. */
export type WantedFile = {
  readonly asker: Asker;
  readonly hash: ContentHash;
  readonly name: string;
  /** Undefined when it is not known since a restart. */
  readonly size?: number | undefined;
};

/** The right to be sent one file. */
export type Slot = WantedFile & {
  readonly key: string;
  readonly takenMs: number;
  /** How long its owner waited for it. */
  readonly waitedMs: number;
  /** Requests that are being answered under it. */
  running: number;
  /** Bytes asked for since it was taken, and by the newest request alone. */
  asked: number;
  range: number;
  /** Bytes sent since it was taken, and how fast they go just now, bytes a second; 0 = not known. */
  sent: number;
  rateBps: number;
  /** When a request last began or ended. */
  activeMs: number;
  /** The client said that no range follows the running one. */
  last: boolean;
};

type SlotSettings = Pick<
  Settings,
  'upload.slot-idle' | 'upload.slot-idle-busy' | 'upload.slot-turn' | 'upload.slot-overrun'
>;

const NOTHING_SENT = { running: 0, asked: 0, range: 0, sent: 0, rateBps: 0 };

/** Slots of one peer, and of one address, in any case (protocol section 10). */
export const SLOTS_PER_PARTY = 2;

/** The slots in use, and when each ends. Knows no queue: whether others wait is told to it. */
export class UploadSlots {
  readonly #limit: () => number;
  readonly #settings: () => SlotSettings;
  readonly #slots = new Map<string, Slot>();

  /** `limit`: how many there are now. */
  constructor(limit: () => number, settings: () => SlotSettings) {
    this.#limit = limit;
    this.#settings = settings;
  }

  get free(): number {
    return Math.max(0, this.#limit() - this.#slots.size);
  }

  /** There are none now: nothing is to be sent. */
  get isClosed(): boolean {
    return this.#limit() === 0;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(key: string): Slot | undefined {
    return this.#slots.get(key);
  }

  all(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  ofParty(party: string): number {
    return this.#count((slot) => slot.asker.party === party);
  }

  ofBlock(block: string): number {
    return this.#count((slot) => slot.asker.block === block);
  }

  ofHash(hash: ContentHash): number {
    return this.#count((slot) => slot.hash === hash);
  }

  /** Takes a slot; the caller has seen that one is free. */
  take({ asker, hash, name, size }: WantedFile, waitedMs: number, nowMs: number): Slot {
    const key = slotKey(asker, hash);
    const file = { key, asker, hash, name, size };
    const slot: Slot = { ...file, takenMs: nowMs, waitedMs, ...NOTHING_SENT, activeMs: nowMs, last: false };
    this.#slots.set(key, slot);
    return slot;
  }

  /** Ends a slot at once, whatever runs under it. */
  end(slot: Slot): void {
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
  }

  /** Whether the slot has had its turn, so that with others waiting no further request may run under it. */
  hadTurn(slot: Slot, nowMs: number): boolean {
    return nowMs - slot.takenMs >= this.#settings()['upload.slot-turn'];
  }

  /** Whether the range running has had its time too, so that with others waiting it does not get to its end. */
  hasOverrun(slot: Slot, nowMs: number): boolean {
    const { 'upload.slot-turn': turnMs, 'upload.slot-overrun': overrunMs } = this.#settings();
    return nowMs - slot.takenMs >= turnMs + overrunMs;
  }

  /** Whether the slot is over: nothing runs, and it was the last range, the turn is over, or the gap is too long. */
  isOver(slot: Slot, nowMs: number, othersWait: boolean): boolean {
    if (slot.running > 0) return false;
    if (this.isClosed) return true;
    const idleMs = this.#settings()[othersWait ? 'upload.slot-idle-busy' : 'upload.slot-idle'];
    return slot.last || (othersWait && this.hadTurn(slot, nowMs)) || nowMs - slot.activeMs > idleMs;
  }

  #count(matches: (slot: Slot) => boolean): number {
    let count = 0;
    for (const slot of this.#slots.values()) if (matches(slot)) count++;
    return count;
  }
}
