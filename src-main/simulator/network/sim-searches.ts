import type { SearchId } from '../../contract/ids.ts';
import type { Clock } from '../../engine/ports/index.ts';
import type { SimPeer } from './sim-peer.ts';

/** How a search ended: `wave` is its last one (0 = the parent's own index), `asked` supernodes were asked. */
export type SearchOutcome = {
  readonly id: SearchId;
  readonly results: number;
  readonly wave: number;
  readonly asked: number;
  /** Virtual ms. */
  readonly startMs: number;
  readonly tookMs: number;
};
type Wanted = { readonly words: string; readonly limit: number; readonly hops?: number };
type Running = { readonly settle: (results: number) => void; asked: number; wave: number };

/** The searches that run in a simulation, and what their peers tell of them. */
export class SimSearches {
  readonly #clock: Clock;
  readonly #running = new Map<SearchId, Running>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A peer that leaves ends its searches; without one that runs nothing is started, and this never settles. */
  start(peer: SimPeer, wanted: Wanted): Promise<SearchOutcome> {
    const { promise, resolve } = Promise.withResolvers<SearchOutcome>();
    const id = peer.peer?.search(wanted);
    const startMs = this.#clock.monotonicMs();
    if (id === undefined) return promise;
    const running: Running = {
      asked: 0,
      wave: 0,
      settle: (results) => {
        const { asked, wave } = running;
        this.#running.delete(id);
        resolve({ id, results, asked, wave, startMs, tookMs: this.#clock.monotonicMs() - startMs });
      },
    };
    this.#running.set(id, running);
    return promise;
  }

  /** Takes the search.* events of all peers. */
  heard(name: string, event: Readonly<Record<string, unknown>>): void {
    const running = this.#running.get(event.id as SearchId);
    if (!running) return;
    if (name === 'search.wave') {
      running.asked = Number(event.askedTotal);
      running.wave = Number(event.wave);
    } else if (name === 'search.end') {
      running.settle(Number(event.results));
    }
  }
}
