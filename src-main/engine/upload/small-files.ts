import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { Lane, type Turn } from './lane.ts';
import { Transfer } from './transfer.ts';
import { slotKey, type WantedFile } from './upload-slots.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Pick<Settings, 'upload.small-lane'>;
  /** The limit of one upload, bytes a second. */
  readonly rateOf: (key: string) => number;
  /** An upload of this file began. */
  readonly began: (wanted: WantedFile) => void;
};

/** Files of at most 1 MiB: beside the slots, in a lane of their own. */
export class SmallFiles {
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #transfers = new Set<Transfer>();
  #count = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#lane = new Lane(() => deps.settings()['upload.small-lane']);
  }

  has(key: string): boolean {
    return [...this.#transfers].some((transfer) => transfer.key === key);
  }

  all(): IterableIterator<Transfer> {
    return this.#transfers.values();
  }

  /** Waits for a turn; undefined: too many wait. Fails with the signal's reason. */
  async enter(wanted: WantedFile, signal: AbortSignal): Promise<Turn | undefined> {
    const { clock, rateOf, began } = this.#deps;
    const leave = await this.#lane.enter(wanted.asker.block, signal);
    if (!leave) return undefined;
    // One peer may fetch one small file twice at once, from two addresses.
    const key = `${slotKey(wanted.asker, wanted.hash)}/${++this.#count}`;
    const transfer = new Transfer({ clock, rate: () => rateOf(key) }, wanted, key);
    return {
      begin: () => {
        began(wanted);
        this.#transfers.add(transfer);
        return transfer;
      },
      leave: () => {
        this.#transfers.delete(transfer);
        leave();
      },
    };
  }
}
