import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { Lane, type Turn } from './lane.ts';
import { endSlow } from './slow-readers.ts';
import { Transfer } from './transfer.ts';
import { slotKey, type WantedFile } from './upload-slots.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Pick<Settings, 'upload.swaps' | 'upload.slow'>;
  /** The limit of one upload, bytes a second. */
  readonly rateOf: (key: string) => number;
  /** An upload of this file began. */
  readonly began: (wanted: WantedFile) => void;
};

/** A swap that does not begin within this is told to come again: a peer that hears nothing takes us for stalled (download.stall). */
const WAIT_MS = 4000;
/** Of one address may wait: the next request of a connection, and of another one. */
const WAITING_OF_BLOCK = 4;
/** What was sent under swaps is shown, and limited as one upload, until there was none for this long. */
const KEEP_MS = 10_000;

/** What goes to peers that load a file which this one is loading too: beside the slots, in a lane of its own. */
export class Swaps {
  readonly #deps: Deps;
  readonly #lane: Lane;
  /** By who wants what. */
  readonly #transfers = new Map<string, Transfer>();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#lane = new Lane(() => deps.settings()['upload.swaps'], WAITING_OF_BLOCK);
  }

  get size(): number {
    return this.#transfers.size;
  }

  has(key: string): boolean {
    return this.#transfers.has(key);
  }

  all(): IterableIterator<Transfer> {
    return this.#transfers.values();
  }

  /** Waits for a turn; `busy`: come again. Fails with the signal's reason. */
  async enter(wanted: WantedFile, rank: number, signal: AbortSignal): Promise<Turn | 'busy'> {
    const { clock } = this.#deps;
    const patience = new AbortController();
    const timer = clock.setTimer(WAIT_MS, () => patience.abort());
    const leave = await this.#lane
      .enter(wanted.asker.block, AbortSignal.any([signal, patience.signal]), rank)
      .catch(() => 'busy' as const)
      .finally(() => timer.cancel());
    if (signal.aborted && typeof leave === 'function') leave();
    signal.throwIfAborted();
    return typeof leave === 'function' ? { begin: () => this.#begin(wanted), leave } : 'busy';
  }

  endSlow(nowMs: number): void {
    endSlow(this.#transfers.values(), this.#deps.settings()['upload.slow'], nowMs);
  }

  /** Those of whom nothing was heard for a while. */
  forgetEnded(nowMs: number): void {
    for (const [key, { bodies, closedMs }] of this.#transfers) {
      if (bodies.size === 0 && nowMs - closedMs > KEEP_MS) this.#transfers.delete(key);
    }
  }

  #begin(wanted: WantedFile): Transfer {
    const { clock, rateOf, began } = this.#deps;
    const key = slotKey(wanted.asker, wanted.hash);
    const known = this.#transfers.get(key);
    if (!known) began(wanted);
    const transfer = known ?? new Transfer({ clock, rate: () => rateOf(key) }, wanted, key);
    this.#transfers.set(key, transfer);
    return transfer;
  }
}
