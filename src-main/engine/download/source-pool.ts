import type { ErrorCode } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { chooseSize } from '../content/choose-size.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { type FoundSource, Source } from './source.ts';

/** Sources remembered for one file: enough for the most popular one, and a cap for what strangers name. */
const MAX_SOURCES = 500;

type Deps = { readonly clock: Clock; readonly random: Random; readonly settings: () => Settings };

/** All sources of one file, ranked: the next best one takes over when one fails. */
export class SourcePool {
  readonly #deps: Deps;
  readonly #sources = new Map<NodeId, Source>();
  /** Use this peer alone, as the user asked. */
  readonly only: NodeId | undefined;

  constructor(deps: Deps, only?: NodeId) {
    this.#deps = deps;
    this.only = only;
  }

  get all(): readonly Source[] {
    return [...this.#sources.values()];
  }

  get(nodeId: NodeId): Source | undefined {
    return this.#sources.get(nodeId);
  }

  /** The source, when the hit told something new. */
  learn(found: FoundSource): Source | undefined {
    if (this.only !== undefined && found.nodeId !== this.only) return undefined;
    const known = this.#sources.get(found.nodeId);
    if (known) return known.learn(found) ? known : undefined;
    if (this.#sources.size >= MAX_SOURCES) return undefined;
    const source = new Source(found.nodeId, this.#deps.clock);
    source.learn(found);
    this.#sources.set(found.nodeId, source);
    return source;
  }

  /** Sources that may be started now, best first: measured rate, fewer failures, then at random. */
  startable(): readonly Source[] {
    const now = this.#deps.clock.monotonicMs();
    const ready = this.all.filter(
      (source) => isResting(source) && source.retryAtMs <= now && source.addresses.length > 0,
    );
    const draw = new Map(ready.map((source) => [source, this.#deps.random.float()]));
    return ready.sort(
      (a, b) =>
        b.priority - a.priority ||
        a.failures - b.failures ||
        b.rateBps - a.rateBps ||
        (draw.get(a) ?? 0) - (draw.get(b) ?? 0),
    );
  }

  /** When the next rested source may be tried, or undefined when there is none. */
  nextRetryMs(): number | undefined {
    const times = this.all.filter(isResting).map((source) => source.retryAtMs);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** The source failed: it rests, longer each time, with jitter so that a crowd does not come back at once. */
  rest(source: Source, reason: ErrorCode): void {
    const { 'download.retry-min': min, 'download.retry-max': max } = this.#deps.settings();
    const pause = Math.min(max, min * 2 ** Math.min(source.failures, 20));
    source.failures++;
    source.state = 'unreachable';
    source.reason = reason;
    source.queuePlace = null;
    source.retryAtMs = this.#deps.clock.monotonicMs() + pause * (0.75 + 0.5 * this.#deps.random.float());
  }

  /** Never asked again for this file. */
  ban(source: Source, reason: ErrorCode): void {
    source.state = 'banned';
    source.reason = reason;
    source.queuePlace = null;
  }

  /** The size to believe, from the claims of sources that are not banned; undefined while nobody claims one. */
  claimedSize(): number | undefined {
    const honest = this.all.filter((source) => source.state !== 'banned');
    // The word of one that never answered counts only when there is no other.
    const heard = honest.filter(({ state, reason }) => state !== 'unreachable' || reason === 'content.range');
    return sizeOf(heard) ?? sizeOf(honest);
  }
}

const sizeOf = (sources: readonly Source[]): number | undefined =>
  chooseSize(sources.flatMap(({ sizes }) => [...sizes]));

function isResting(source: Source): boolean {
  return source.state === 'untried' || source.state === 'unreachable' || source.state === 'queued';
}
