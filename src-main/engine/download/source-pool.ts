import { AppError, type ErrorCode } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SourceUse } from '../../contract/transfer.ts';
import type { SourceId } from '../../contract/web-url.ts';
import { chooseSize } from '../content/choose-size.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { shutError, type WhyShut } from '../shut-out.ts';
import { type FoundPeer, type FoundSource, Source, sourceIdOf } from './source.ts';

/** Sources remembered for one file: enough for the most popular one, and a cap for what strangers name. */
const MAX_SOURCES = 500;
/** Of those at most so many whom other peers named: strangers must not fill the pool. */
const MAX_EXCHANGED = 200;
/** What a peer that asks for chunks says of itself is taken in, and tried before its rest is over, at most this often. */
const WOKEN_EVERY_MS = 5000;

type Deps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: () => Settings;
  /** Whom this peer does not speak to. */
  readonly whyShut: WhyShut;
};

/** All sources of one file, ranked: the next best one takes over when one fails. */
export class SourcePool {
  readonly #deps: Deps;
  readonly #sources = new Map<SourceId, Source>();
  #only: SourceId | undefined;

  constructor(deps: Deps, only?: SourceId) {
    this.#deps = deps;
    this.#only = only;
  }

  get all(): readonly Source[] {
    return [...this.#sources.values()];
  }

  /** Those that the user lets be used. */
  get usable(): readonly Source[] {
    return this.all.filter((source) => this.mayUse(source));
  }

  /** Use this source alone, as the user asked. */
  get only(): SourceId | undefined {
    return this.#only;
  }

  get(id: SourceId): Source | undefined {
    return this.#sources.get(id);
  }

  /** Fails with input.invalid when there is none, or a banned one is to be used alone; with peer.blocked or peer.banned when it is not spoken to. */
  require(id: SourceId, use?: SourceUse): Source {
    const source = this.#sources.get(id);
    if (!source) throw new AppError('input.invalid', { what: id, why: 'this download has no such source' });
    if (source.shut && use !== 'never') throw shutError(source.shut, id);
    if (use !== 'only' || source.state !== 'banned') return source;
    throw new AppError('input.invalid', {
      what: id,
      why: 'it is banned for a time, for what it sent was wrong: let it be tried again first',
    });
  }

  mayUse({ id, use, shut }: Source): boolean {
    return !shut && use !== 'never' && (this.#only === undefined || id === this.#only);
  }

  /** Whether one that is connected may go on: the user may have blocked the address that it is at, and not all that it has. */
  mayStay(source: Source, host: string | undefined): boolean {
    const isBlocked = () => host !== undefined && this.#deps.whyShut({ hosts: [host] })?.code === 'peer.blocked';
    return this.mayUse(source) && !isBlocked();
  }

  /** The source, when the hit told something new. While one alone is used, no other is taken in. */
  learn(found: FoundSource): Source | undefined {
    const id = sourceIdOf(found);
    const known = this.#sources.get(id);
    if (known) {
      if (!isExchanged(found)) known.isExchanged = false;
      const isNews = known.learn(found);
      this.#lookWhetherShut(known);
      return isNews ? known : undefined;
    }
    if (isExchanged(found) && this.#exchanged().length >= MAX_EXCHANGED && !this.#forgetOne()) return undefined;
    const isUsed = this.#only === undefined || id === this.#only;
    const source = isUsed ? this.restore(found) : undefined;
    if (source && 'nodeId' in found) source.isPartial = found.isPartial ?? false;
    return source;
  }

  /** A peer that fetches this file too has asked for it: a source, or one that is up again. True when it may be tried now. */
  met(found: FoundPeer): boolean {
    const known = this.#sources.get(sourceIdOf(found));
    if (!known) return this.learn(found) !== undefined;
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - known.wokenMs < WOKEN_EVERY_MS) return false;
    known.wokenMs = nowMs;
    const isNew = known.learn(found);
    this.#lookWhetherShut(known);
    if (known.state !== 'unreachable') return isNew;
    known.retryAtMs = nowMs;
    return true;
  }

  /** Takes in a source that was known before, whichever the user chose since; undefined when there is no room. */
  restore(found: FoundSource): Source | undefined {
    const id = sourceIdOf(found);
    const known = this.#sources.get(id);
    if (!known && this.#sources.size >= MAX_SOURCES && !this.#forgetOne()) return undefined;
    const source = known ?? new Source(id, this.#deps);
    source.learn(found);
    this.#lookWhetherShut(source);
    if (!known) source.isExchanged = isExchanged(found);
    if (id === this.#only) source.use = 'only';
    this.#sources.set(id, source);
    return source;
  }

  /** Others may be shut out than before. */
  lookWhoIsShut(): void {
    for (const source of this.all) this.#lookWhetherShut(source);
  }

  /** One that was shut out may be asked at once when that is over. */
  #lookWhetherShut(source: Source): void {
    const { nodeId, addresses, isNamed } = source;
    if (nodeId === undefined) return;
    const shut = this.#deps.whyShut({ nodeId, hosts: addresses.map(({ host }) => host) });
    const before = source.shut?.code;
    source.shut = isNamed && shut?.code === 'peer.banned' ? undefined : shut;
    if (before !== undefined && !source.shut) source.retryAtMs = 0;
  }

  #exchanged(): readonly Source[] {
    return this.all.filter(({ isExchanged }) => isExchanged);
  }

  /** Of those that strangers named, the one that failed most and gave nothing: false when all are of use. */
  #forgetOne(): boolean {
    const [worst] = this.#exchanged()
      // Forgotten, one that was banned could be named anew.
      .filter(
        ({ bytes, state, faults }) =>
          bytes === 0 && faults.count === 0 && (state === 'untried' || state === 'unreachable'),
      )
      .sort((a, b) => b.failures - a.failures);
    return worst !== undefined && this.#sources.delete(worst.id);
  }

  /** What the user wants of a source; those that may not be used any more give up their places in queues. */
  choose(source: Source, use: SourceUse): void {
    const former = this.#only === undefined ? undefined : this.#sources.get(this.#only);
    if (use === 'only') {
      if (former) former.use = 'auto';
      this.#only = source.id;
    } else if (former === source) this.#only = undefined;
    source.use = use;
    for (const other of this.all) {
      if (other.state !== 'queued' || this.mayUse(other)) continue;
      other.state = 'untried';
      other.reason = null;
      other.queuePlace = null;
      other.queueEndMs = undefined;
    }
  }

  /** Those that rest after a failure may be tried now; returns them. Places in queues are kept: who comes back too early loses them. */
  wake(): readonly Source[] {
    const resting = this.usable.filter(({ state }) => state === 'unreachable');
    for (const source of resting) {
      source.failures = 0;
      source.retryAtMs = 0;
    }
    return resting;
  }

  /** Sources that may be started now, best first: measured rate, fewer failures, then at random. */
  startable(): readonly Source[] {
    const now = this.#deps.clock.monotonicMs();
    for (const source of this.all) if (source.shut && source.shut.untilMs <= now) this.#lookWhetherShut(source);
    const ready = this.usable.filter((source) => isResting(source) && source.retryAtMs <= now && hasWay(source));
    const draw = new Map(ready.map((source) => [source, this.#deps.random.float()]));
    return ready.sort(
      (a, b) =>
        b.priority - a.priority ||
        a.failures - b.failures ||
        b.rateBps - a.rateBps ||
        (draw.get(a) ?? 0) - (draw.get(b) ?? 0),
    );
  }

  /** The user wants this one tried now: neither a rest nor a ban is waited for. Its place in a queue is kept. */
  wakeOne(source: Source): void {
    source.faults.endBan();
    source.failures = 0;
    if (source.state !== 'queued') source.retryAtMs = 0;
  }

  /** The source failed: it rests, longer each time, with jitter so that a crowd does not come back at once. */
  rest(source: Source, reason: ErrorCode): void {
    const { 'download.retry-min': min, 'download.retry-max': max } = this.#deps.settings();
    const pause = Math.min(max, min * 2 ** Math.min(source.failures, 20));
    source.failures++;
    source.state = 'unreachable';
    source.reason = reason;
    source.queuePlace = null;
    source.queueEndMs = undefined;
    source.retryAtMs = this.#deps.clock.monotonicMs() + pause * (0.75 + 0.5 * this.#deps.random.float());
  }

  /** It did what no honest source does: not asked for a time, which is longer each time, and little by little after that. */
  ban(source: Source, reason: ErrorCode): void {
    source.faults.add(reason);
    source.state = 'untried';
    source.reason = null;
    source.queuePlace = null;
    source.queueEndMs = undefined;
  }

  /** The size to believe, from the claims of sources that are not banned; undefined while nobody claims one. */
  claimedSize(): number | undefined {
    const honest = this.all.filter(({ state }) => state !== 'banned' && state !== 'blocked');
    // The word of one that never answered, or was wrong before, counts only when there is no other.
    const trusted = honest.filter(({ faults }) => faults.count === 0);
    // For good: one that is dialled, or away for a moment, has answered as much or as little as before.
    const heard = trusted.filter(({ hasAnswered }) => hasAnswered);
    const denied = heard.flatMap(({ deniedSizes }) => [...deniedSizes]);
    const refuted = new Set(denied);
    return mostHeard(heard, denied) ?? chooseSize(claimsOf(trusted), refuted) ?? chooseSize(claimsOf(honest), refuted);
  }
}

const claimsOf = (sources: readonly Source[]): readonly number[] => sources.flatMap(({ sizes }) => [...sizes]);

/** What as many deny as claim it is believed only if there is nothing else: word stands against word. */
function mostHeard(heard: readonly Source[], denied: readonly number[]): number | undefined {
  const claims = claimsOf(heard);
  const timesIn = (all: readonly number[], size: number) => all.filter((one) => one === size).length;
  const doubtful = new Set(denied.filter((size) => timesIn(denied, size) >= timesIn(claims, size)));
  return chooseSize(claims, doubtful) ?? chooseSize(claims);
}

const hasWay = ({ url, addresses, through }: Source): boolean =>
  url !== undefined || addresses.length > 0 || through !== undefined;

function isResting(source: Source): boolean {
  return source.state === 'untried' || source.state === 'unreachable' || source.state === 'queued';
}

const isExchanged = (found: FoundSource): boolean => 'nodeId' in found && found.by !== undefined;
