import type { Clock, Logger } from '../ports/index.ts';
import type { StoredPlace, UploadQueueStore } from '../store/upload-queue-store.ts';
import { absentPeer } from './asker.ts';
import type { Place, UploadQueue } from './upload-queue.ts';

type Deps = {
  readonly store: Pick<UploadQueueStore, 'all' | 'save' | 'replace'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
};

/** A crash costs the changes of this time; less would keep a disk awake for as long as anybody waits. */
const SAVE_EVERY_MS = 2000;

/** Keeps the places of peers over a restart. Those of anonymous clients are not written down: they are addresses of people. */
export class PlaceKeeper {
  readonly #deps: Deps;
  #stored = new Map<string, StoredPlace>();
  #savedMs = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Places written down. */
  get size(): number {
    return this.#stored.size;
  }

  /** Fills the queue with those who waited when this peer was last seen running; the time it was away counts for nobody. */
  async restore(queue: UploadQueue): Promise<void> {
    const stored = await this.#deps.store.all();
    const nowMs = this.#deps.clock.monotonicMs();
    const lastSeenMs = Math.max(...stored.map(({ polledMs }) => polledMs));
    for (const { node, hash, name, sinceMs } of stored) {
      queue.restore({ asker: absentPeer(node), hash, name }, Math.max(0, lastSeenMs - sinceMs), nowMs);
    }
    this.#stored = toStored(queue);
    await this.#deps.store.replace([...this.#stored.values()]);
  }

  /** Writes what changed, when it is time to. */
  saveSometimes(queue: UploadQueue): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#savedMs >= SAVE_EVERY_MS) void this.save(queue);
  }

  /** Writes what changed; resolves when it is written, or could not be, which the log says. */
  save(queue: UploadQueue): Promise<void> {
    this.#savedMs = this.#deps.clock.monotonicMs();
    const before = this.#stored;
    const after = toStored(queue);
    const changed = [...after].filter(([key, place]) => !isSame(place, before.get(key))).map(([, place]) => place);
    const removed = [...before].filter(([key]) => !after.has(key)).map(([, place]) => place);
    if (changed.length + removed.length === 0) return this.#saving;
    this.#stored = after;
    this.#saving = this.#saving.then(() => this.#write(changed, removed));
    return this.#saving;
  }

  async #write(changed: readonly StoredPlace[], removed: readonly StoredPlace[]): Promise<void> {
    try {
      await this.#deps.store.save(changed, removed);
    } catch (error) {
      this.#deps.logger.warn('the upload queue could not be kept', { error });
    }
  }
}

function toStored(queue: UploadQueue): Map<string, StoredPlace> {
  return new Map([...queue.all()].flatMap((place) => toStoredPlace(place)));
}

function toStoredPlace({ key, asker, hash, name, sinceMs, polledMs }: Place): [string, StoredPlace][] {
  return asker.nodeId === undefined ? [] : [[key, { node: asker.nodeId, hash, name, sinceMs, polledMs }]];
}

function isSame(a: StoredPlace, b: StoredPlace | undefined): boolean {
  return a.sinceMs === b?.sinceMs && a.polledMs === b.polledMs;
}
