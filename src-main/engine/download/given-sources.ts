import { formatAddress, type PeerAddress, type PeerTarget } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { DownloadId, NodeId } from '../../contract/ids.ts';
import { MAX_GIVEN_SOURCES } from '../../contract/transfer.ts';
import { identify } from '../identify.ts';
import type { DownloadDeps } from './download-deps.ts';
import type { FoundSource } from './source.ts';

type Deps = Pick<DownloadDeps, 'clock' | 'settings' | 'links' | 'logger' | 'store' | 'trust'> & {
  readonly id: DownloadId;
  readonly found: (source: FoundSource) => void;
};

/** A page may open one link after the other, each with other sources for the same file. */
const MAX_GIVEN = 4 * MAX_GIVEN_SOURCES;

/** The sources that the user gave to a download: kept over restarts, and asked who they are when only their address is known. */
export class GivenSources {
  readonly #deps: Deps;
  readonly #given = new Map<string, PeerTarget>();
  readonly #asking = new Set<Promise<void>>();
  #pauses = new AbortController();
  #isStored = false;
  #running: AbortSignal | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** What was given before an earlier end. */
  async load(): Promise<void> {
    this.#isStored = true;
    for (const target of await this.#deps.store.given(this.#deps.id)) this.#take(target);
  }

  /** All of them, to be stored with the download, which is new. */
  takeNew(): readonly PeerTarget[] {
    this.#isStored = true;
    return [...this.#given.values()];
  }

  /** At the beginning or later. */
  add(targets: readonly PeerTarget[]): void {
    const more = targets.filter((target) => this.#isNews(target)).slice(0, MAX_GIVEN - this.#given.size);
    for (const target of more) this.#take(target);
    if (!this.#isStored || more.length === 0) return;
    void this.#store(more);
    if (this.#running?.aborted === false) for (const target of more) this.#ask(target, this.#running);
  }

  /** Asks those without a key who they are, until they answer; resolves after the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = signal;
    for (const target of this.#given.values()) this.#ask(target, signal);
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all(this.#asking);
  }

  /** Those that do not answer are asked again at once. */
  hurry(): void {
    this.#pauses.abort();
    this.#pauses = new AbortController();
  }

  /** An address, or the key of one, that was not known. */
  #isNews({ address, nodeId }: PeerTarget): boolean {
    const known = this.#given.get(formatAddress(address));
    return !known || (nodeId !== undefined && nodeId !== known.nodeId);
  }

  #take(target: PeerTarget): void {
    const { address, nodeId } = target;
    this.#deps.trust(address);
    this.#given.set(formatAddress(address), target);
    if (nodeId !== undefined) this.#deps.found({ nodeId, addresses: [address], isNamed: true });
  }

  #ask({ address, nodeId }: PeerTarget, signal: AbortSignal): void {
    if (nodeId !== undefined) return;
    const asking = this.#askUntilKnown(address, signal).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
  }

  async #askUntilKnown(address: PeerAddress, signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#deps;
    let pauseMs = settings()['download.retry-min'];
    let isTold = false;
    while (!signal.aborted) {
      try {
        return await this.#known(address, await identify(address, this.#deps.links, signal));
      } catch (thrown) {
        const error = toAppError(thrown);
        const fields = { address: formatAddress(address), error };
        if (!signal.aborted && !isTold) this.#deps.logger.warn('a source that was given does not answer', fields);
        isTold = true;
      }
      const { signal: hurried } = this.#pauses;
      await clock.sleep(pauseMs, AbortSignal.any([signal, hurried])).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, settings()['download.retry-max']);
      if (hurried.aborted) pauseMs = settings()['download.retry-min'];
    }
  }

  async #known(address: PeerAddress, nodeId: NodeId): Promise<void> {
    this.#take({ address, nodeId });
    await this.#store([{ address, nodeId }]);
  }

  /** Not kept, they are as unknown after the next start as they were before. */
  #store(targets: readonly PeerTarget[]): Promise<void> {
    const { store, logger, id } = this.#deps;
    return store
      .saveGiven(id, targets)
      .catch((error: unknown) => logger.warn('sources that were given are not kept', { id, error }));
  }
}
