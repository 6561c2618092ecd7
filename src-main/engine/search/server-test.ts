import type { NodeId, SearchId } from '../../contract/ids.ts';
import type { SearchEndReason } from '../../contract/search.ts';
import type { Timer } from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { canaryWords } from './canary.ts';
import type { CheckDeps } from './check-deps.ts';
import type { Service } from './client-search.ts';
import type { FalseHits } from './false-hits.ts';
import type { SearchPeer } from './search-network.ts';

/** Where one is missing or was bad: another one is usually there by then. */
const SOON_MS = 40_000;
/** A supernode answers of its own index within milliseconds. */
const ANSWER_MS = 5000;
/** Whoever says nothing is asked again after this: a link that is dead is closed by then. */
const AGAIN_MS = 25_000;
/** One that is refused so often, each time after SOON_MS or so, has not asked too much: whoever serves so is of no use. */
const REFUSALS = 5;
/** Searches in a row that were not served before whoever passes its tests is dismissed: a test can be told from a search. */
const MOST_UNSERVED = { mute: 3, refuses: REFUSALS } as const;
/** Those that are closer together count as one: the line, or the supernode, stood still for a moment. */
const UNSERVED_GAP_MS = 25_000;
/** Whoever served this peer so lately, and refuses, may be asked too much by it: the longest of a supernode's limits is of ten minutes. */
const SERVED_LATELY_MS = 10 * 60_000;
/** How a search ends that has enough, or that nothing more can be found for. */
const DONE: readonly SearchEndReason[] = ['limit', 'exhausted'];
const ID_BYTES = 16;

type ServerTestDeps = CheckDeps & { readonly falseHits: Pick<FalseHits, 'caught'> };
type Verdict = 'serves' | 'invents' | 'mute' | 'refuses' | 'unknown';
const WHY = {
  invents: 'it finds what nobody has',
  mute: 'it does not answer searches',
  refuses: 'it refuses searches',
} as const;
type Open = { readonly id: SearchId; readonly asked: SearchPeer; readonly settle: (verdict: Verdict) => void };

/**
 * Whether the supernodes that serve this leaf answer searches, and do not invent what they answer: asks the parent and the warm one for
 * words that no file has. It costs three small messages, for the search counts as one that has enough already and goes no further.
 * Whoever answers the test alone is known by the searches that he does not serve.
 */
export class ServerTest {
  readonly #deps: ServerTestDeps;
  #timer: Timer | undefined;
  #open: Open | undefined;
  /** When each was tested and found to serve, monotonic ms. */
  readonly #tested = new WeakMap<SearchPeer, number>();
  /** How often each refused since it served. */
  readonly #refusals = new WeakMap<SearchPeer, number>();
  /** Searches in a row that each did not serve, and when the last of them counted; and when each served one. Monotonic ms. */
  readonly #unserved = new WeakMap<SearchPeer, { readonly count: number; readonly atMs: number }>();
  readonly #served = new WeakMap<SearchPeer, number>();
  #isLooking = false;
  readonly #stopped = new AbortController();

  constructor(deps: ServerTestDeps) {
    this.#deps = deps;
  }

  /** Another parent or warm one, or none. */
  serversChanged(): void {
    this.#lookIn(0);
  }

  /** How a search of this peer's own was served. With no answer, looks at once who is mute. */
  searched(by: SearchPeer, how: Service): void {
    if (how === 'well') {
      this.#unserved.delete(by);
      this.#served.set(by, this.#deps.clock.monotonicMs());
      return;
    }
    const servers = this.#servers();
    const isEnough = this.#countUnserved(by, how) >= MOST_UNSERVED[how];
    if (isEnough && servers.some((server) => server.nodeId === by.nodeId)) {
      this.#unserved.delete(by);
      this.#dismiss(by.nodeId, WHY[how]);
    }
    if (how !== 'mute') return;
    for (const server of servers) this.#tested.delete(server);
    if (!this.#isLooking) this.#lookIn(0);
  }

  #countUnserved(by: SearchPeer, how: Exclude<Service, 'well'>): number {
    const nowMs = this.#deps.clock.monotonicMs();
    const last = this.#unserved.get(by) ?? { count: 0, atMs: Number.NEGATIVE_INFINITY };
    const servedMs = this.#served.get(by) ?? Number.NEGATIVE_INFINITY;
    const isOwnDoing = how === 'refuses' && nowMs - servedMs < SERVED_LATELY_MS;
    if (isOwnDoing || nowMs - last.atMs < UNSERVED_GAP_MS) return 0;
    this.#unserved.set(by, { count: last.count + 1, atMs: nowMs });
    return last.count + 1;
  }

  #servers(): readonly SearchPeer[] {
    const { network } = this.#deps;
    return [network.parent(), network.standby()].filter((peer) => peer !== undefined);
  }

  /** True for an answer to the test. */
  message(from: SearchPeer, message: SessionMessage): boolean {
    const open = this.#open;
    if (!open || open.asked.nodeId !== from.nodeId || !('id' in message) || message.id !== open.id) return false;
    if (message.type === 'hits' && message.hits.length > 0) open.settle('invents');
    else if (message.type === 'end')
      open.settle(message.error === undefined && DONE.includes(message.reason) ? 'serves' : 'refuses');
    return true;
  }

  gone(from: SearchPeer): void {
    if (this.#open?.asked.nodeId === from.nodeId) this.#open.settle('unknown');
  }

  /** Idempotent. */
  stop(): void {
    this.#stopped.abort();
    this.#timer?.cancel();
    this.#open?.settle('unknown');
  }

  #lookIn(delayMs: number): void {
    const { clock, network, logger } = this.#deps;
    this.#timer?.cancel();
    if (this.#stopped.signal.aborted || !network.parent()) return;
    this.#timer = clock.setTimer(delayMs, () => {
      this.#look().catch((thrown: unknown) => {
        if (!this.#stopped.signal.aborted) logger.error('a supernode was not tested', { why: String(thrown) });
      });
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { network, settings } = this.#deps;
    const { parent, standby } = await this.#testBoth().finally(() => {
      this.#isLooking = false;
    });
    // Who takes the place of a bad or a missing one is tested too.
    const isDone =
      [parent, standby].every((peer) => peer && !this.#isDue(peer)) &&
      network.parent() === parent &&
      network.standby() === standby;
    this.#lookIn(this.#around(isDone ? settings()['overlay.parent-check'] : SOON_MS));
  }

  /** The parent and the warm one that were tested and serve. */
  async #testBoth(): Promise<Readonly<Record<'parent' | 'standby', SearchPeer | undefined>>> {
    const { network } = this.#deps;
    const parent = await this.#test(() => network.parent());
    const standby = await this.#test(() => network.standby());
    return { parent, standby };
  }

  async #test(find: () => SearchPeer | undefined): Promise<SearchPeer | undefined> {
    const peer = find();
    if (!peer || !this.#isDue(peer)) return peer;
    let verdict = await this.#ask(peer);
    if (verdict === 'mute') {
      await this.#deps.clock.sleep(AGAIN_MS, this.#stopped.signal);
      verdict = find()?.nodeId === peer.nodeId ? await this.#ask(peer) : 'unknown';
    }
    const fault = this.#faultOf(peer, verdict);
    if (this.#stopped.signal.aborted || !fault) return peer;
    if (fault === 'invents') this.#deps.falseHits.caught(peer.nodeId, WHY[fault]);
    this.#dismiss(peer.nodeId, WHY[fault]);
    return undefined;
  }

  /** Whoever refuses is asked again soon, and has no fault until that was often enough. */
  #faultOf(peer: SearchPeer, verdict: Verdict): keyof typeof WHY | undefined {
    if (verdict === 'refuses') {
      const refusals = (this.#refusals.get(peer) ?? 0) + 1;
      this.#refusals.set(peer, refusals);
      return refusals < REFUSALS ? undefined : verdict;
    }
    if (verdict === 'mute' || verdict === 'invents') return verdict;
    this.#tested.set(peer, this.#deps.clock.monotonicMs());
    if (verdict === 'serves') this.#refusals.delete(peer);
    return undefined;
  }

  #isDue(peer: SearchPeer): boolean {
    const { clock, settings } = this.#deps;
    const atMs = this.#tested.get(peer) ?? Number.NEGATIVE_INFINITY;
    return clock.monotonicMs() - atMs >= settings()['overlay.parent-check'] / 2;
  }

  #dismiss(nodeId: NodeId, why: string): void {
    this.#deps.logger.info('a supernode serves badly', { node: nodeId, why });
    this.#deps.network.dismiss(nodeId, why);
  }

  async #ask(asked: SearchPeer): Promise<Verdict> {
    const { random, clock } = this.#deps;
    if (this.#stopped.signal.aborted) return 'unknown';
    const id = randomId(random, ID_BYTES) as SearchId;
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    const late = clock.setTimer(ANSWER_MS, () => resolve('mute'));
    const settle = (verdict: Verdict) => {
      late.cancel();
      resolve(verdict);
    };
    this.#open = { id, asked, settle };
    const query = { type: 'query' as const, id, words: canaryWords(random), limit: 1, results: 1 };
    if (!asked.send(query)) settle('unknown');
    const verdict = await promise;
    this.#open = undefined;
    return verdict;
  }

  /** Half of it to half as much again. */
  #around(delayMs: number): number {
    return delayMs * (0.5 + this.#deps.random.float());
  }
}
