import { formatAddress, type PeerTarget } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { WorldSide, Worlds, WorldsView } from '../../contract/network.ts';
import type { Timer } from '../ports/index.ts';
import { shuffle } from '../shuffle.ts';
import { type Answerer, askAnySupernodes } from './ask-supernode.ts';
import type { JoiningDeps } from './joining.ts';
import { BUILT_IN, CALLED, isSameWay, type JoiningTarget, LAN, userWay, type Way } from './known-supernode.ts';
import { compareWorlds } from './two-worlds.ts';

export type WorldsWatchDeps = JoiningDeps & {
  /** The supernode that this peer stands with, its parent say; undefined while it has none. */
  readonly place: () => (PeerTarget & { readonly nodeId: NodeId }) | undefined;
  readonly changed: (view: Omit<WorldsView, 'checkedMs'>) => void;
};

/** The first look comes this much sooner than the next ones, for most peers do not stay for hours. */
const FIRST_SOONER = 36;
/** Half of a pause is random, so that a network that began at once does not look at once. */
const JITTER = 0.5;
/** Ways that are compared with that of the own place in one look, and supernodes tried of each until one answers. */
const MAX_WAYS = 3;
const TRIES_PER_WAY = 3;

type Found = { readonly state: Worlds; readonly sides: readonly WorldSide[] };

/**
 * Looks now and then whether there is a second network that knows nothing of this one: begins with the own place and with supernodes known
 * by other ways. What was found is told, and one supernode of each is kept, so that both are searched and linked.
 */
export class WorldsWatch {
  readonly #deps: WorldsWatchDeps;
  #found: Found = { state: 'unchecked', sides: [] };
  #checkedMs: number | undefined;
  #timer: Timer | undefined;
  #everyMs = 0;
  #running: AbortController | undefined;
  #checking: Promise<void> = Promise.resolve();

  constructor(deps: WorldsWatchDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running = new AbortController();
    this.reconsider();
  }

  /** The setting may have changed. */
  reconsider(): void {
    const everyMs = this.#deps.settings()['overlay.worlds-every'];
    if (!this.#running || everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    this.#checkAfter(everyMs / FIRST_SOONER, this.#running.signal);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#everyMs = 0;
    this.#timer?.cancel();
    await this.#checking;
  }

  get state(): Worlds {
    return this.#found.state;
  }

  view(): WorldsView {
    const checkedMs = this.#checkedMs === undefined ? null : this.#deps.clock.monotonicMs() - this.#checkedMs;
    return { ...this.#found, checkedMs };
  }

  #checkAfter(delayMs: number, signal: AbortSignal): void {
    this.#timer?.cancel();
    if (delayMs === 0) return;
    this.#timer = this.#deps.clock.setTimer(delayMs, () => {
      this.#checking = this.#check(signal)
        .catch((thrown: unknown) => {
          this.#deps.logger.error('comparing networks failed', { why: toAppError(thrown).message });
        })
        .finally(() => {
          if (!signal.aborted) this.#checkAfter(this.#pauseMs(), signal);
        });
    });
  }

  #pauseMs(): number {
    switch (this.state) {
      case 'unchecked':
        return this.#everyMs / FIRST_SOONER;
      case 'not-possible':
        // Where nobody can be asked there is nothing to spread.
        return this.#everyMs;
      default:
        return this.#everyMs * (1 - JITTER * this.#deps.random.float());
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    const found = await this.#compare(signal);
    if (signal.aborted || found === this.#found) return;
    this.#checkedMs = this.#deps.clock.monotonicMs();
    const before = this.#found;
    this.#found = found;
    if (found.state === 'one') this.#deps.cache.keep([]);
    if (found.state !== before.state && [found.state, before.state].includes('two')) this.#tell();
  }

  #tell(): void {
    const { state, sides } = this.#found;
    const fields = { sides: sides.map(({ address, entries }) => `${address} with ${entries}`) };
    if (state === 'two') this.#deps.logger.warn('there are two networks that know nothing of each other', fields);
    else if (state === 'one') this.#deps.logger.info('the two networks know each other now');
    else this.#deps.logger.info('whether there are two networks is not known any more', { state });
    this.#deps.changed(this.#found);
  }

  async #compare(signal: AbortSignal): Promise<Found> {
    const none: Found = { state: 'not-possible', sides: [] };
    const place = this.#deps.place();
    if (!place) return this.#found;
    const ownWay = this.#deps.cache.get(place.nodeId)?.way ?? CALLED;
    const others = this.#ways().filter(({ way }) => !isSameWay(way, ownWay));
    if (others.length === 0) return none;
    const own = await this.#ask({ ...place, way: ownWay }, signal);
    if (!own) return none;
    let best = none;
    for (const { way, targets } of shuffle(this.#deps.random, others, MAX_WAYS)) {
      const other = await this.#firstAnswer(targets, signal);
      if (!other) continue;
      const ends = [
        { ...own, way: ownWay },
        { ...other, way },
      ] as const;
      const found = await this.#compareTwo(ends, signal);
      if (found.state === 'two') return found;
      if (best.state !== 'one') best = found;
    }
    return best;
  }

  async #compareTwo(ends: readonly [End, End], signal: AbortSignal): Promise<Found> {
    const { random, self, cache } = this.#deps;
    const [first, second] = ends;
    const ask = (entry: JoiningTarget) => this.#ask(entry, signal).then((end) => end?.answer);
    const { state, entries } = await compareWorlds(
      { random, self: self.nodeId, ask, signal },
      first.answer,
      second.answer,
    );
    if (state === 'two')
      cache.keep(ends.flatMap(({ answer }) => answer.entry?.nodeId ?? answer.named[0]?.nodeId ?? []));
    const sides = ends.map(({ way, to }, at) => {
      return { way: way.kind, address: formatAddress(to.address), entries: entries[at] ?? 0 };
    });
    return { state, sides };
  }

  async #firstAnswer(targets: readonly JoiningTarget[], signal: AbortSignal): Promise<Asked | undefined> {
    for (const target of shuffle(this.#deps.random, targets, TRIES_PER_WAY)) {
      const asked = await this.#ask(target, signal);
      // A leaf that knows nobody says nothing of its network.
      if (asked && (asked.answer.entry || asked.answer.named.length > 0)) return asked;
    }
    return undefined;
  }

  async #ask(to: JoiningTarget, signal: AbortSignal): Promise<Asked | undefined> {
    try {
      return { to, answer: await askAnySupernodes(this.#deps, to, signal) };
    } catch (thrown) {
      // Its failure is counted in the cache; one that does not answer is passed over.
      this.#deps.logger.debug('no list to compare', { why: toAppError(thrown).message });
      return undefined;
    }
  }

  /** Everybody who could be asked, by the way that they are known by. */
  #ways(): readonly { readonly way: Way; readonly targets: readonly JoiningTarget[] }[] {
    const { cache, bootstrap, lan } = this.#deps;
    const known = cache.all().map(({ nodeId, address, way }) => ({ nodeId, address, way }));
    const given = bootstrap.user.map((target) => ({ ...target, way: userWay(target.address) }));
    const near = lan.addresses().map((address) => ({ address, way: LAN }));
    const builtIn = bootstrap.builtIn.map((target) => ({ ...target, way: BUILT_IN }));
    const ways: { way: Way; targets: JoiningTarget[] }[] = [];
    for (const target of [...known, ...given, ...near, ...builtIn]) {
      const same = ways.find(({ way }) => isSameWay(way, target.way));
      if (same) same.targets.push(target);
      else ways.push({ way: target.way, targets: [target] });
    }
    return ways;
  }
}

type Asked = { readonly to: JoiningTarget; readonly answer: Answerer };
type End = Asked & { readonly way: Way };
