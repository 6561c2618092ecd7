import { AppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { Lane, type Turn } from './lane.ts';
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
/** A swap that is slower than upload.slow after this ends. */
const TURN_MS = 20_000;
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

  /** Waits for a turn; undefined: come again. Fails with the signal's reason. */
  async enter(wanted: WantedFile, rank: number, signal: AbortSignal): Promise<Turn | undefined> {
    const { clock } = this.#deps;
    const patience = new AbortController();
    const timer = clock.setTimer(WAIT_MS, () => patience.abort());
    const leave = await this.#lane
      .enter(wanted.asker.block, AbortSignal.any([signal, patience.signal]), rank)
      .catch(() => undefined)
      .finally(() => timer.cancel());
    if (signal.aborted) leave?.();
    signal.throwIfAborted();
    return leave && { begin: () => this.#begin(wanted), leave };
  }

  /** Few are sent at once: who takes next to nothing of what it asked for makes room. */
  endSlow(nowMs: number): void {
    const slow = this.#deps.settings()['upload.slow'];
    for (const { bodies } of this.#transfers.values()) {
      for (const body of bodies) {
        const { ageMs, sentBytes } = body.progress(nowMs);
        const isSlow = ageMs >= TURN_MS && (sentBytes / ageMs) * 1000 < slow && body.blockedMs > 0;
        if (isSlow) body.cut(new AppError('content.stalled', { seconds: TURN_MS / 1000 }));
      }
    }
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
