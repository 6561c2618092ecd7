import type { ContentHash, NodeId, SearchId } from '../../contract/ids.ts';
import type { Timer } from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';
import type { Wave } from '../wire/messages/wave.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import type { CheckDeps } from './check-deps.ts';
import { nodePrefix } from './node-prefix.ts';
import type { SearchPeer } from './search-network.ts';

/** The first look, and the second one after it found nothing, come after this share of the time between two. */
const SOON = 0.1;
/** Checks in a row that find nothing; then the parent is replaced. */
const FAILURES = 2;
/** Sources of one content in an answer: who holds what so many hold may be left out of it by chance. */
const MOST_SOURCES = 50;
const ID_BYTES = 16;
/** Supernodes asked in one check: it must not cost the network more than the searches of its users. */
const MOST_ASKED = 100;
/** As many as a query may name. */
const MOST_LEFT_OUT = 1000;

/** `yes`: a supernode names this peer for its file. `unasked`: its parent was not asked, and not all others. `unknown`: nothing follows. */
type Verdict = 'yes' | 'no' | 'unasked' | 'unknown';
type Check = {
  readonly id: SearchId;
  readonly hash: ContentHash;
  readonly parent: NodeId;
  readonly asked: SearchPeer;
  readonly settle: (verdict: Verdict) => void;
  /** Supernodes that were left out. */
  readonly isNarrow: boolean;
  askedCount: number;
  isParentAsked: boolean;
  isCrowded: boolean;
};

/**
 * Whether the parent does its work: from time to time a leaf searches for a file of its own, through another supernode, so that the
 * parent cannot tell who asks (protocol section 7). The second look goes through a third one: the warm one may be the liar.
 */
export class ParentCheck {
  readonly #deps: CheckDeps;
  #timer: Timer | undefined;
  #check: Check | undefined;
  #failures = 0;
  readonly #stopped = new AbortController();

  constructor(deps: CheckDeps) {
    this.#deps = deps;
  }

  /** Another parent, or none: what was found out says nothing of it. */
  parentChanged(): void {
    this.#check?.settle('unknown');
    this.#failures = 0;
    // One that hides its children should not do so for long.
    this.#lookIn(SOON);
  }

  /** True for an answer to the check. */
  message(from: SearchPeer, message: SessionMessage): boolean {
    const check = this.#check;
    if (!check || check.asked.nodeId !== from.nodeId || !('id' in message) || message.id !== check.id) return false;
    if (message.type === 'hits') this.#hits(check, message);
    else if (message.type === 'wave') this.#waveDone(check, message);
    else if (message.type === 'end') this.#end(check, message.reason === 'exhausted' && message.error === undefined);
    return true;
  }

  gone(from: SearchPeer): void {
    if (this.#check?.asked.nodeId === from.nodeId) this.#check.settle('unknown');
  }

  /** Idempotent. */
  stop(): void {
    this.#stopped.abort();
    this.#timer?.cancel();
    this.#check?.settle('unknown');
  }

  #lookIn(share: number): void {
    const { clock, random, settings, network, logger } = this.#deps;
    this.#timer?.cancel();
    if (this.#stopped.signal.aborted || !network.parent()) return;
    const delayMs = settings()['overlay.parent-check'] * share * (0.5 + random.float());
    this.#timer = clock.setTimer(delayMs, () => {
      this.#look().catch((thrown: unknown) => logger.error('the parent was not checked', { why: String(thrown) }));
    });
  }

  async #look(): Promise<void> {
    const { network, logger } = this.#deps;
    const parent = network.parent();
    const hash = network.indexedHash();
    const verdict = parent && hash ? await this.#find(parent.nodeId, hash) : 'unknown';
    if (this.#stopped.signal.aborted || !parent || network.parent() !== parent) return;
    if (verdict === 'yes') this.#failures = 0;
    if (verdict === 'no') {
      this.#failures++;
      logger.info('the parent does not answer for a file of this peer', { node: parent.nodeId, times: this.#failures });
    }
    if (this.#failures >= FAILURES && network.standby())
      network.dismiss(parent.nodeId, 'it does not answer for what it holds');
    else this.#lookIn(this.#failures > 0 ? SOON : 1);
  }

  /** Only the parent needs to be asked; all others when who searches does not know the parent: it should be found by anybody. */
  async #find(parent: NodeId, hash: ContentHash): Promise<Verdict> {
    const known = this.#deps.network.heardOf().filter((nodeId) => nodeId !== parent);
    const verdict = await this.#ask(parent, hash, known.slice(0, MOST_LEFT_OUT).map(nodePrefix));
    return verdict === 'unasked' ? this.#ask(parent, hash, []) : verdict;
  }

  async #ask(parent: NodeId, hash: ContentHash, leftOut: readonly string[]): Promise<Verdict> {
    const { network, settings, random, clock } = this.#deps;
    const standby = network.standby();
    if (!standby) return 'unknown';
    const third = this.#failures > 0 ? await network.hop(new Set([parent]), this.#stopped.signal) : undefined;
    const asked = third ?? standby;
    const timeoutMs = settings()['search.timeout'];
    const id = randomId(random, ID_BYTES) as SearchId;
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    const nothing = { askedCount: 0, isParentAsked: false, isCrowded: false };
    this.#check = { id, hash, parent, asked, settle: resolve, isNarrow: leftOut.length > 0, ...nothing };
    const late = clock.setTimer(2 * timeoutMs, () => resolve('unknown'));
    const limit = settings()['search.hash-sources'];
    const query: Query = { type: 'query', id, hash, limit, timeoutMs, asked: [...leftOut] };
    if (this.#stopped.signal.aborted || !asked.send(query)) resolve('unknown');
    const verdict = await promise;
    this.#check = undefined;
    late.cancel();
    third?.close();
    return verdict;
  }

  #waveDone(check: Check, { prefixes, asked }: Wave): void {
    check.askedCount += asked;
    check.isParentAsked ||= prefixes.includes(nodePrefix(check.parent));
    if (check.askedCount < MOST_ASKED) return;
    check.asked.send({ type: 'stop', id: check.id });
    this.#end(check, false);
  }

  /** `areAllAsked`: there is no supernode left that could name this peer. */
  #end(check: Check, areAllAsked: boolean): void {
    if (check.isCrowded) check.settle('unknown');
    else if (check.isParentAsked) check.settle('no');
    else if (check.isNarrow) check.settle('unasked');
    else check.settle(areAllAsked ? 'no' : 'unknown');
  }

  /** Enough when any supernode names this peer: then it can be found. */
  #hits(check: Check, { hits }: Hits): void {
    const found = hits.filter(({ hash }) => hash === check.hash);
    check.isCrowded ||= found.some(({ sources }) => sources.length >= MOST_SOURCES);
    if (!found.some(({ sources }) => sources.some(({ nodeId }) => nodeId === this.#deps.network.nodeId))) return;
    check.asked.send({ type: 'stop', id: check.id });
    check.settle('yes');
  }
}
