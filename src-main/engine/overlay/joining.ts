import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import { wideBlock } from '../../contract/address-block.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import { inParallel } from '../in-parallel.ts';
import type { Logger, Random } from '../ports/index.ts';
import { pick, shuffle } from '../shuffle.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import { type Answerer, type AskDeps, askAbout, askSupernodes } from './ask-supernode.ts';
import { BUILT_IN, type JoiningTarget, LAN, userWay } from './known-supernode.ts';
import type { SelfView } from './self-view.ts';

export type JoiningDeps = AskDeps & {
  readonly self: Pick<SelfView, 'nodeId'>;
  readonly random: Random;
  readonly logger: Logger;
  /** Announced in the local network. */
  readonly lan: { addresses(): readonly PeerAddress[] };
  readonly bootstrap: { readonly user: readonly PeerTarget[]; readonly builtIn: readonly PeerTarget[] };
};

/** A supernode that was pinged: `rttMs` is the median of its pings. */
export type Pinged = { readonly entry: SupernodeEntry; readonly rttMs: number };

/** What `attach` made of a supernode: one without a place names others. */
export type Attached<T> =
  | { readonly kind: 'attached'; readonly link: T }
  | { readonly kind: 'refused'; readonly isFull: boolean; readonly others: readonly SupernodeEntry[] }
  | { readonly kind: 'failed' };

/** `full`: a supernode answered, but none of those that it named had a place. `nobody`: not even that. */
export type JoinResult<T> = { readonly kind: 'attached'; readonly link: T } | { readonly kind: 'full' | 'nobody' };

/** Median of this many round trips (protocol section 7). */
const PINGS_EACH = 3;
/** Candidates asked at once, and then one more after each of these, up to the setting overlay.dials. */
const FIRST_DIALS = 2;
const NEXT_DIAL_MS = 250;
/** Slow ones are not waited for once a faster one was measured: they would not be chosen. */
const PING_WAIT_MS = 1500;
/** Supernodes asked for a place in one attempt: full ones name others, and those others. */
const MAX_ATTACH = 20;
/** The warm second is one of so many, at random (protocol section 5). */
const STANDBY_AMONG = 5;
/** Whose first round trip is so many times the least of all is not pinged again: jitter does not make up for that. */
const FAR_BEHIND = 2;
/** Added to a round trip when choosing: between 1 and 5 ms the load says more. */
const RTT_FLOOR_MS = 10;

/**
 * Targets in the order of protocol section 7: the own cache, what the user gave, the local network, the built-in list. Each address once.
 */
export function joiningOrder({ cache, bootstrap, lan, random, self }: JoiningDeps): readonly JoiningTarget[] {
  const cached = cache.candidates().map(({ nodeId, address, way }) => ({ nodeId, address, way }));
  const given = bootstrap.user.map((target) => ({ ...target, way: userWay(target.address) }));
  const near = shuffle(random, lan.addresses()).map((address) => ({ address, way: LAN }));
  const builtIn = shuffle(random, bootstrap.builtIn).map((target) => ({ ...target, way: BUILT_IN }));
  const all: JoiningTarget[] = [...cached, ...given, ...near, ...builtIn];
  const seen = new Set<string>();
  return all.filter(({ nodeId, address }) => {
    const key = `${address.host} ${address.port}`;
    const isNew = !seen.has(key) && nodeId !== self.nodeId;
    seen.add(key);
    return isNew;
  });
}

/**
 * Finds a parent: asks candidates, 8 at once, for their lists; from the first that answers, pings 5 of them and attaches to the best.
 * Goes on with the next answer when none of those has a place.
 */
export async function join<T>(
  deps: JoiningDeps,
  options: {
    readonly avoid: ReadonlySet<NodeId>;
    /** Tried before all others: successors of a parent that left. */
    readonly first: readonly SupernodeEntry[];
    readonly attach: (entry: SupernodeEntry) => Promise<Attached<T>>;
    readonly onAnswer: () => void;
    readonly signal: AbortSignal;
  },
): Promise<JoinResult<T>> {
  const attempt = new Attempt(deps, options);
  return attempt.run();
}

/** The best few of a list, each pinged `times`, those far behind once. */
export async function pingBest(
  deps: JoiningDeps,
  entries: readonly SupernodeEntry[],
  signal: AbortSignal,
  times = PINGS_EACH,
): Promise<readonly Pinged[]> {
  const chosen = shuffle(deps.random, entries, deps.settings()['overlay.pings']);
  const pinged: Pinged[] = [];
  let leastMs = Number.POSITIVE_INFINITY;
  const goesOn = (rttMs: number, pings: number) => {
    leastMs = Math.min(leastMs, rttMs);
    return pings < times && rttMs <= FAR_BEHIND * (leastMs + RTT_FLOOR_MS);
  };
  const all = inParallel(chosen, Math.max(1, chosen.length), async (entry) => {
    const result = await ping(deps, entry, goesOn, signal);
    if (result) pinged.push(result);
  });
  const wait = new AbortController();
  const enough = deps.clock.sleep(PING_WAIT_MS, AbortSignal.any([signal, wait.signal])).catch(() => undefined);
  await Promise.race([all, enough]);
  wait.abort();
  if (pinged.length === 0) await all;
  return [...pinged].sort((a, b) => cost(a) - cost(b));
}

/** One of the best 5 at random, outside the /16 of the first where possible. `best` is sorted. */
export function chooseStandby(random: Random, best: readonly Pinged[], parentHost: string): Pinged | undefined {
  const elsewhere = best.filter(({ entry }) => wideBlock(entry.address.host) !== wideBlock(parentHost));
  return pick(random, (elsewhere.length > 0 ? elsewhere : best).slice(0, STANDBY_AMONG));
}

class Attempt<T> {
  readonly #deps: JoiningDeps;
  readonly #options: Parameters<typeof join<T>>[1];
  readonly #tried: Set<NodeId>;
  #attachesLeft = MAX_ATTACH;
  #sawAnswer = false;
  #result: { readonly link: T } | undefined;
  /** One answer is worked on at a time. */
  #working: Promise<void> = Promise.resolve();

  constructor(deps: JoiningDeps, options: Parameters<typeof join<T>>[1]) {
    this.#deps = deps;
    this.#options = options;
    this.#tried = new Set([...options.avoid, deps.self.nodeId]);
  }

  async run(): Promise<JoinResult<T>> {
    await this.#attachToOneOf(this.#options.first);
    // Whoever waits for strangers here meanwhile might lose it unseen.
    const atOnce = this.#attached();
    if (atOnce) return atOnce;
    const enough = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, enough.signal]);
    // Whoever served well gets to answer before strangers of the same cache, who may be in the majority, are asked at all.
    const first = Math.min(FIRST_DIALS, this.#deps.cache.provenCount || FIRST_DIALS);
    let begun = 0;
    await inParallel(joiningOrder(this.#deps), this.#deps.settings()['overlay.dials'], async (target) => {
      // Lists are long, and one is enough: the third is asked for only when the first two keep this peer waiting, and so on.
      const waitMs = (++begun - first) * NEXT_DIAL_MS;
      if (waitMs > 0 && begun <= this.#deps.settings()['overlay.dials'])
        await this.#deps.clock.sleep(waitMs, signal).catch(() => undefined);
      await this.#working;
      if (this.#result || signal.aborted) return;
      const answer = await this.#ask(target, signal);
      if (!answer) return;
      this.#working = this.#working.then(() => this.#use(answer));
      await this.#working;
      if (this.#result) enough.abort();
    });
    return this.#attached() ?? { kind: this.#sawAnswer ? 'full' : 'nobody' };
  }

  #attached(): JoinResult<T> | undefined {
    return this.#result && { kind: 'attached', link: this.#result.link };
  }

  async #ask(target: JoiningTarget, signal: AbortSignal): Promise<Answerer | undefined> {
    try {
      return await askSupernodes(this.#deps, target, signal);
    } catch (thrown) {
      // One of many: its failure is counted in the cache, and the next is tried.
      this.#deps.logger.debug('no list of supernodes', { why: toAppError(thrown).message });
      return undefined;
    }
  }

  async #use({ entry, named }: Answerer): Promise<void> {
    if (this.#result || this.#options.signal.aborted) return;
    const fresh = named.filter(({ nodeId }) => !this.#tried.has(nodeId));
    const pings = this.#deps.settings()['overlay.pings'];
    const isOpen = entry && !this.#tried.has(entry.nodeId);
    if (isOpen || fresh.length > 0) {
      this.#sawAnswer ||= isOpen === true;
      this.#options.onAnswer();
    }
    const others = shuffle(this.#deps.random, fresh, isOpen ? pings - 1 : pings);
    const best = await pingBest(this.#deps, isOpen ? [entry, ...others] : others, this.#options.signal);
    await this.#attachToOneOf(best.map((one) => one.entry));
  }

  async #attachToOneOf(entries: readonly SupernodeEntry[]): Promise<void> {
    const queue = [...entries];
    for (let entry = queue.shift(); entry && !this.#result; entry = queue.shift()) {
      if (this.#tried.has(entry.nodeId) || this.#options.signal.aborted) continue;
      if (this.#attachesLeft-- <= 0) return;
      this.#tried.add(entry.nodeId);
      const attached = await this.#options.attach(entry);
      if (attached.kind === 'attached') this.#result = attached;
      if (attached.kind === 'refused') {
        this.#sawAnswer ||= attached.isFull;
        queue.push(...attached.others);
      }
    }
  }
}

async function ping(
  deps: JoiningDeps,
  entry: SupernodeEntry,
  goesOn: (rttMs: number, pings: number) => boolean,
  signal: AbortSignal,
): Promise<Pinged | undefined> {
  const { nodeId, address } = entry;
  const trips: number[] = [];
  let latest: SupernodeEntry | undefined = entry;
  try {
    do {
      const answer = await askAbout(deps, { nodeId, address }, signal);
      trips.push(answer.rttMs);
      latest = answer.entry;
    } while (latest && goesOn(Math.min(...trips), trips.length));
  } catch (thrown) {
    // A supernode that does not answer its ping is not chosen; nothing else follows from it.
    deps.logger.debug('a ping failed', { node: nodeId, why: toAppError(thrown).message });
    return undefined;
  }
  const rttMs = trips.sort((a, b) => a - b)[Math.floor(trips.length / 2)];
  return latest && rttMs !== undefined ? { entry: latest, rttMs } : undefined;
}

/** Round trip, more for the loaded; a full one last, since one of its children may just have left. */
function cost({ entry: { children, capacity }, rttMs }: Pinged): number {
  const fill = capacity === 0 ? 1 : children / capacity;
  return (rttMs + RTT_FLOOR_MS) * (1 + fill) + (fill >= 1 ? 1e6 : 0);
}
