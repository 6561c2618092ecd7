import type { Settings } from '../../contract/settings.ts';
import type { Asker } from './asker.ts';
import { forecastWait, type Held, type Waiter } from './line-forecast.ts';
import { LineRecords } from './line-records.ts';
import type { Place, UploadQueue } from './upload-queue.ts';
import type { Slot, UploadSlots } from './upload-slots.ts';

type EstimatorSettings = Pick<
  Settings,
  'upload.slot-turn' | 'upload.slot-overrun' | 'upload.slot-idle-busy' | 'upload.poll-min'
>;
type Deps = {
  readonly settings: () => EstimatorSettings;
  readonly slots: UploadSlots;
  readonly queue: UploadQueue;
};

/** A client that has asked for nothing for this long is likely done; it is between two requests for a moment only. */
const GONE_MS = 1000;

/** How long somebody will wait: the line played forward with what is known of everybody in it. */
export class WaitEstimator {
  readonly #deps: Deps;
  readonly #records = new LineRecords();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A slot has ended; `isDone`: its owner wanted no more. */
  ended(slot: Slot, isDone: boolean, nowMs: number): void {
    this.#records.ended(slot, { isDone, nowMs, turnMs: this.#deps.settings()['upload.slot-turn'] });
  }

  /** For one who asks just now. */
  waitMs(place: Place, nowMs: number): number {
    const { slots, queue, settings } = this.#deps;
    const { 'upload.slot-turn': turnMs, 'upload.poll-min': pollMinMs } = settings();
    const present = [...queue.all()].filter((other) => other === place || queue.isPresent(other, nowMs));
    return forecastWait(place.key, {
      nowMs,
      held: [...slots.all()].map((slot) => this.#toHeld(slot, nowMs)),
      waiters: present.map((other) => this.#toWaiter(other, other === place ? nowMs : other.nextMs, nowMs)),
      freeSlots: slots.free,
      turnMs: turnMs + this.#records.overrunMs(),
      pollMinMs,
    });
  }

  #toWaiter(place: Place, nextMs: number, nowMs: number): Waiter {
    const { key, asker, sinceMs } = place;
    const needed = this.#records.neededBytes(place, key);
    const needMs = needed === undefined ? undefined : (needed / this.#records.rateBps(asker.party)) * 1000;
    return {
      ...this.#toWho(key, asker),
      sinceMs,
      pollMs: Math.max(nextMs, nowMs),
      needMs: needMs ?? this.#records.turnMs() ?? this.#deps.settings()['upload.slot-turn'],
    };
  }

  #toHeld(slot: Slot, nowMs: number): Held {
    const who = this.#toWho(slot.key, slot.asker);
    const { 'upload.slot-idle-busy': idleMs } = this.#deps.settings();
    if (slot.running === 0 && (slot.last || nowMs - slot.activeMs > GONE_MS)) {
      return { ...who, untilMs: slot.last ? nowMs : slot.activeMs + idleMs, needMs: 0 };
    }
    const msPerByte = 1000 / this.#records.rateOfSlot(slot, nowMs);
    const msPerByteNow = slot.rateBps > 0 ? 1000 / slot.rateBps : msPerByte;
    const rangeEndMs = nowMs + Math.max(0, slot.asked - slot.sent) * msPerByteNow;
    if (slot.last) return { ...who, untilMs: rangeEndMs, needMs: 0 };
    const turnEndMs = this.#turnEnd(slot, rangeEndMs, msPerByte);
    const needed = this.#records.neededBytes(slot, slot.key, slot.sent);
    const needEndMs = needed === undefined ? turnEndMs : nowMs + needed * msPerByte;
    return { ...who, untilMs: Math.min(turnEndMs, needEndMs), needMs: Math.max(0, needEndMs - turnEndMs) };
  }

  /** The turn ends with the range that runs then, and they are all as long as this one. */
  #turnEnd(slot: Slot, rangeEndMs: number, msPerByte: number): number {
    const { 'upload.slot-turn': turnMs, 'upload.slot-overrun': overrunMs } = this.#deps.settings();
    const turnEndMs = slot.takenMs + turnMs;
    const rangeMs = Math.max(slot.range * msPerByte, 1);
    const ranges = Math.max(0, Math.ceil((turnEndMs - rangeEndMs) / rangeMs));
    return Math.min(rangeEndMs + ranges * rangeMs, turnEndMs + overrunMs);
  }

  #toWho(key: string, { party, block, nodeId }: Asker) {
    const credit = this.#deps.queue.credit({ nodeId });
    return { key, party, block, isPeer: nodeId !== undefined, credit };
  }
}
