import { toAppError } from '../../contract/errors.ts';
import { inParallel } from '../in-parallel.ts';
import { askSupernodes, noteFailure } from '../overlay/ask-supernode.ts';
import { type GreetDeps, openSession } from '../overlay/handshake.ts';
import { type JoiningDeps, joiningOrder } from '../overlay/joining.ts';
import type { KnownSupernode } from '../overlay/known-supernode.ts';
import { Pause } from '../overlay/pause.ts';
import { type SelfView, toHello } from '../overlay/self-view.ts';
import type { Session } from '../overlay/session.ts';
import type { Hello } from '../wire/messages/hello.ts';
import type { Welcome } from '../wire/messages/welcome.ts';
import type { Neighbours } from './neighbours.ts';

export type NeighbourSearchDeps = JoiningDeps &
  GreetDeps & {
    readonly self: SelfView;
    readonly neighbours: Neighbours;
    /** A link stands; both sides' figures as they were told. */
    readonly met: (session: Session, ours: Hello, theirs: Welcome) => void;
  };

/** Lists asked in one round: each is up to 200 entries. */
const LISTS_PER_ROUND = 24;

/** Looks for other supernodes for as long as this peer is one: every 30 s, rising to 5 min while links are missing and somebody is in contact. */
export class NeighbourSearch {
  readonly #deps: NeighbourSearchDeps;
  readonly #pause: Pause;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: NeighbourSearchDeps) {
    this.#deps = deps;
    this.#pause = new Pause(deps);
  }

  start(): void {
    this.#loop = this.#run(this.#stopped.signal).catch((thrown: unknown) => {
      if (!this.#stopped.signal.aborted)
        this.#deps.logger.error('looking for supernodes failed', { why: String(thrown) });
    });
  }

  /** Looks now, instead of after a pause. */
  lookAgain(): void {
    this.#pause.kick();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#pause.end();
    await this.#loop;
  }

  /** Dials a supernode and links with it, if it will; afterwards `neighbours` tells. */
  async link({ nodeId, address }: KnownSupernode, signal: AbortSignal): Promise<void> {
    const { neighbours, self, cache, logger } = this.#deps;
    if (neighbours.get(nodeId) || !neighbours.fitsBlock(address.host)) return;
    const ours = toHello(self, 'supernode', address.host);
    try {
      const { session, welcome } = await openSession(this.#deps, { nodeId, address }, ours, signal);
      const { accepted, children, capacity, uptimeSeconds, others, version } = welcome;
      cache.heard(others, session);
      const entry = { nodeId, address, children, capacity, uptimeSeconds };
      if (capacity > 0) cache.reached({ entry, rttMs: session.rttMs });
      else cache.forget(nodeId);
      if (!accepted) session.close('role', 'no place');
      else if (neighbours.add(session, entry, { isDialled: true, version })) this.#deps.met(session, ours, welcome);
    } catch (thrown) {
      // When both dialled at once the other side has closed this link, and its own stands.
      if (signal.aborted || neighbours.get(nodeId)) return;
      noteFailure(cache, nodeId, address, thrown);
      logger.debug('a supernode was not linked', { node: nodeId, why: toAppError(thrown).message });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { settings, neighbours, cache } = this.#deps;
    let pauseMs = settings()['overlay.look-min'];
    while (!signal.aborted) {
      const before = neighbours.count;
      if (neighbours.wanted > 0) await this.#look(signal);
      if (signal.aborted) return;
      await this.#pause.wait(pauseMs);
      const isNew = neighbours.count > before || cache.isCutOff;
      pauseMs = isNew ? settings()['overlay.look-min'] : Math.min(2 * pauseMs, settings()['overlay.look-max']);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { neighbours, settings } = this.#deps;
    const dials = settings()['overlay.dials'];
    const targets = joiningOrder(this.#deps).slice(0, LISTS_PER_ROUND);
    await inParallel(targets, dials, async (to) => {
      if (signal.aborted) return;
      try {
        await askSupernodes(this.#deps, to, signal);
      } catch (thrown) {
        // One of many; its failure is counted in the cache.
        this.#deps.logger.debug('no list of supernodes', { why: toAppError(thrown).message });
      }
    });
    await inParallel(this.#nearAndRandom(), dials, async (known) => {
      if (!signal.aborted && neighbours.wanted > 0) await this.link(known, signal);
    });
  }

  /** Half of the links near, half random: by turns. */
  #nearAndRandom(): readonly KnownSupernode[] {
    const { cache, neighbours } = this.#deps;
    const open = cache.candidates().filter(({ nodeId }) => !neighbours.get(nodeId) && !cache.isShunned(nodeId));
    const near = [...open].sort((a, b) => (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity));
    return [...new Set(open.flatMap((known, at) => [near[at] ?? known, known]))];
  }
}
