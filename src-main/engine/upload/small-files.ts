import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { SMALL_FILES_WAITING_PER_ADDRESS } from '../wire/limits.ts';
import { type Crowd, Lane, type Turn } from './lane.ts';
import { endSlow } from './slow-readers.ts';
import { Transfer } from './transfer.ts';
import { slotKey, type WantedFile } from './upload-slots.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Pick<Settings, 'upload.small-lane' | 'upload.slow'>;
  /** The limit of one upload, bytes a second. */
  readonly rateOf: (key: string) => number;
  /** An upload of this file began. */
  readonly began: (wanted: WantedFile) => void;
};

/** Files of at most 1 MiB: beside the slots, in a lane of their own. */
export class SmallFiles {
  readonly #deps: Deps;
  readonly #lane: Lane;
  /** With what ends the turn of each. */
  readonly #transfers = new Map<Transfer, () => void>();
  #count = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#lane = new Lane(() => deps.settings()['upload.small-lane'], SMALL_FILES_WAITING_PER_ADDRESS);
  }

  get size(): number {
    return this.#transfers.size;
  }

  has(key: string): boolean {
    return [...this.#transfers.keys()].some((transfer) => transfer.key === key);
  }

  all(): IterableIterator<Transfer> {
    return this.#transfers.keys();
  }

  /** Waits for a turn, where not too many do. Fails with the signal's reason. */
  async enter(wanted: WantedFile, signal: AbortSignal): Promise<Turn | Crowd> {
    const { clock, rateOf, began } = this.#deps;
    const leave = await this.#lane.enter(wanted.asker.block, signal);
    if (typeof leave === 'string') return leave;
    // One peer may fetch one small file twice at once, from two addresses.
    const key = `${slotKey(wanted.asker, wanted.hash)}/${++this.#count}`;
    const transfer = new Transfer({ clock, rate: () => rateOf(key) }, wanted, key);
    return {
      begin: () => {
        began(wanted);
        this.#transfers.set(transfer, leave);
        return transfer;
      },
      leave: () => {
        this.#transfers.delete(transfer);
        leave();
      },
    };
  }

  /** The next one need not wait until the connection is gone, either. */
  endSlow(nowMs: number): void {
    const ended = endSlow(this.#transfers.keys(), this.#deps.settings()['upload.slow'], nowMs);
    for (const transfer of ended) this.#transfers.get(transfer)?.();
  }
}
