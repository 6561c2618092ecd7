import { formatAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId, SearchId } from '../../contract/ids.ts';
import type { Hit, Source } from '../../contract/search.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Links, Random } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { askSource, type NamedSource, type SourceOutcome } from '../search/ask-source.ts';
import { canaryWords } from '../search/canary.ts';
import type { FalseHits } from '../search/false-hits.ts';
import type { AskTarget, SearchNetwork } from '../search/search-network.ts';
import { ASK_LIMIT } from '../search/wave-search.ts';
import { setLast } from '../set-last.ts';
import { pick, randomId, shuffle } from '../shuffle.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';

export type VettingDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly links: Pick<Links, 'request'>;
  readonly settings: () => Settings;
  readonly network: Pick<SearchNetwork, 'ask'>;
  readonly falseHits: Pick<FalseHits, 'report' | 'caught'>;
};

/** Sources asked of one answer, as long as its supernode is not known. */
const OF_ONE_ANSWER = 3;
/** Good ones without a bad one: from then on answers are passed on at once. The same after so many that nobody reached: more say no more. */
const TRUSTED = 3;
const IN_VAIN = 12;
/** Outcomes that make a name; afterwards one answer in `RARELY` is looked at, so that nobody turns bad unseen. */
const ENOUGH = 12;
const RARELY = 16;
/** Sources that nobody reaches say nothing and cost the most: after so many `RARELY` holds too. */
const MOST_ASKED = 40;
/** Requests to sources at once and in a minute; what is beyond is passed on unseen. */
const OPEN = 16;
const A_MINUTE = 120;
const MINUTE_MS = 60_000;
const MAX_SUPERNODES = 2000;
const ID_BYTES = 16;
/** An answer of an unknown supernode waits so long for its sources: three round trips around the world, and less than a wave waits. */
const CHECK_MS = 1000;

/** `canary`: whether it found what nobody has, when it was asked last. */
type Vetted = { good: number; wrong: number; asked: number; canaryMs: number; canary: Promise<boolean> };

/**
 * Asks other supernodes as searches want it, and finds out who invents what it answers: an unknown one is asked for words that no file has
 * beside the first query, and some of the sources that it names are asked for what they are said to have. A leaf alone tries too little
 * to know a liar; its supernode hears the answers for all its children, and no source learns who of them searches.
 */
export class Vetting {
  readonly #deps: VettingDeps;
  readonly #records = new Map<NodeId, Vetted>();
  readonly #sent = new RateWindow(MINUTE_MS);
  #open = 0;

  constructor(deps: VettingDeps) {
    this.#deps = deps;
  }

  /** As `SearchNetwork.ask`. Fails with peer.* too when the supernode is caught inventing. */
  async ask(target: AskTarget, query: Query, signal: AbortSignal): Promise<Hits> {
    const { nodeId, address } = target.entry;
    const record = this.#recordOf(nodeId);
    if (this.#isCanaryDue(record)) record.canary = this.#findsAnything(target);
    const answer = await this.#deps.network.ask(target, query, signal);
    if (await record.canary) {
      this.#deps.falseHits.caught(nodeId, 'it finds what nobody has');
      throw new AppError('peer.protocol', { address: formatAddress(address), why: 'it finds what nobody has' });
    }
    return answer;
  }

  /**
   * Looks whether what a supernode named is there. Undefined: it is trusted, or named nothing, and its answer may be passed on at once.
   * Otherwise its answer without what was found to be invented, after a second at most.
   */
  check({ entry: { nodeId } }: AskTarget, answer: Hits): Promise<Hits> | undefined {
    const record = this.#recordOf(nodeId);
    const isHeldBack = answer.hits.length > 0 && !isTrusted(record);
    const check = this.#check({ nodeId, record }, answer.hits);
    if (!isHeldBack) return undefined;
    return this.#inTime(check).then((outcome) => (outcome === 'false' ? { ...answer, hits: [] } : answer));
  }

  /** Whether its answers are passed on at once, or it is known for a bad one. */
  isKnown(nodeId: NodeId): boolean {
    const record = this.#records.get(nodeId);
    return record !== undefined && (isTrusted(record) || record.wrong > 0);
  }

  /** A source that does not answer holds nothing back. */
  #inTime(check: Promise<SourceOutcome>): Promise<SourceOutcome> {
    return new Promise((resolve) => {
      const late = this.#deps.clock.setTimer(CHECK_MS, () => resolve('unknown'));
      void check.then((outcome) => {
        late.cancel();
        resolve(outcome);
      });
    });
  }

  #recordOf(nodeId: NodeId): Vetted {
    const record = this.#records.get(nodeId) ?? {
      ...{ good: 0, wrong: 0, asked: 0 },
      ...{ canaryMs: Number.NEGATIVE_INFINITY, canary: Promise.resolve(false) },
    };
    setLast(this.#records, [nodeId, record], MAX_SUPERNODES);
    return record;
  }

  #isCanaryDue(record: Vetted): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - record.canaryMs < this.#deps.settings()['overlay.parent-check']) return false;
    record.canaryMs = nowMs;
    return true;
  }

  /** A search that ends does not end it: others wait for it too. */
  async #findsAnything(target: AskTarget): Promise<boolean> {
    const { random, network, clock, settings } = this.#deps;
    const late = new AbortController();
    const timer = clock.setTimer(settings()['search.wave-max-dial'], () => late.abort());
    const id = randomId(random, ID_BYTES) as SearchId;
    const query: Query = { type: 'query', id, words: canaryWords(random), limit: ASK_LIMIT };
    try {
      return (await network.ask(target, query, late.signal)).hits.length > 0;
    } catch {
      // The query beside it fails as well, and says why.
      return false;
    } finally {
      timer.cancel();
    }
  }

  /** What the first of some sources says that says anything. */
  async #check({ nodeId, record }: Judged, hits: readonly Hit[]): Promise<SourceOutcome> {
    const { random } = this.#deps;
    const isKnown = record.good + record.wrong >= ENOUGH || record.asked >= MOST_ASKED;
    if (isKnown && random.int(RARELY) > 0) return 'unknown';
    const askable = hits.filter(({ sources }) => sources.some(isAskable));
    const some = shuffle(random, askable, isKnown ? 1 : OF_ONE_ANSWER);
    const asking = some.map((hit) => this.#askOne({ nodeId, record }, hit));
    return firstKnown(asking);
  }

  async #askOne({ nodeId, record }: Judged, { hash, sources }: Hit): Promise<SourceOutcome> {
    const { random, clock, falseHits } = this.#deps;
    const source = pick(random, sources.filter(isAskable));
    if (!source || this.#open >= OPEN || !this.#sent.tryTake(clock.monotonicMs(), 1, A_MINUTE)) return 'unknown';
    record.asked++;
    const outcome = await this.#askSource({ hash, source });
    if (outcome === 'unknown') return outcome;
    if (outcome === 'good') record.good++;
    else record.wrong++;
    falseHits.report(nodeId, outcome);
    return outcome;
  }

  async #askSource(named: NamedSource): Promise<SourceOutcome> {
    this.#open++;
    const outcome = await askSource(this.#deps, named);
    this.#open--;
    return outcome;
  }
}

/** One that is said to be out of reach proves nothing, however many there are. */
const isAskable = ({ addresses, reachable }: Source): boolean => addresses.length > 0 && reachable !== false;
const isTrusted = ({ good, wrong, asked }: Vetted): boolean => wrong === 0 && (good >= TRUSTED || asked >= IN_VAIN);

function firstKnown(asking: readonly Promise<SourceOutcome>[]): Promise<SourceOutcome> {
  const known = asking.map(async (asked) => {
    const outcome = await asked;
    if (outcome === 'unknown') throw new Error('nothing is known');
    return outcome;
  });
  return Promise.any(known).catch(() => 'unknown' as const);
}

type Judged = { readonly nodeId: NodeId; readonly record: Vetted };
