import { formatAddress, type PeerAddress, type PeerTarget } from '../../contract/address.ts';
import { isPrivateHost, wideBlock } from '../../contract/address-block.ts';
import type { ReachabilityState, ReachTest } from '../../contract/election.ts';
import { toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import { toUtf8 } from '../../contract/utf8.ts';
import type { Clock, Links, Logger, Timer } from '../ports/index.ts';
import { readJson } from '../wire/http-answer.ts';
import { SMALL_ANSWER_BYTES } from '../wire/limits.ts';
import { type ReachAnswer, reachAnswerSchema } from '../wire/reach.ts';

export type ReachabilityDeps = {
  readonly clock: Clock;
  readonly links: Links;
  readonly logger: Logger;
  readonly settings: () => Settings;
  /** Supernodes to ask, best first. */
  readonly supernodes: () => readonly PeerTarget[];
  /** Where `host` can connect to this peer; undefined while it does not listen. */
  readonly port: (host: string) => number | undefined;
  /** Another state, or nobody reached it. */
  readonly changed: () => void;
};

type Tested = { readonly address: PeerAddress; readonly reached: boolean; readonly atMs: number };

/** Two strangers of different networks must have connected back; on a private network one is enough (protocol section 7). */
const CALL_BACKS = 2;
/** Supernodes asked in one test. */
const MAX_ASKED = 6;
/** Nobody could be asked, or nobody reached this peer any more: the next attempt comes soon. */
const RETRY_MS = 60_000;
const SHUT_TESTS = 2;

/** Whether others can open connections to this peer: found out by asking supernodes to do it, again and again. */
export class Reachability {
  readonly #deps: ReachabilityDeps;
  #tests: readonly Tested[] = [];
  #testedMs = Number.NEGATIVE_INFINITY;
  #state: ReachabilityState = 'unknown';
  #needed = CALL_BACKS;
  /** Supernodes that could be asked in the last test. */
  #known = 0;
  /** Tests in a row in which nobody reached this peer. */
  #shutTests = 0;
  #timer: Timer | undefined;
  #running: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: ReachabilityDeps) {
    this.#deps = deps;
  }

  get state(): ReachabilityState {
    return this.#state;
  }

  /** Nobody reached it, in two tests one after the other: one alone may have met liars, or a line that was down. */
  get isShut(): boolean {
    return this.#shutTests >= SHUT_TESTS;
  }

  /** Networks of those that connected back, and how many are needed. */
  get callBacks(): { readonly needed: number; readonly reached: number } {
    return { needed: this.#needed, reached: networksOf(this.#tests, true).size };
  }

  /** The latest test, one line for each supernode asked; `agoMs` is how long ago. */
  tests(): readonly ReachTest[] {
    const nowMs = this.#deps.clock.monotonicMs();
    return this.#tests.map(({ address, reached, atMs }) => ({
      by: formatAddress(address),
      reached,
      agoMs: nowMs - atMs,
    }));
  }

  start(): void {
    this.#running ??= new AbortController();
    this.#testIn(0);
  }

  async stop(): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#timer?.cancel();
    await this.#work;
  }

  /** All that were asked lately tried in vain, if not enough to be sure. */
  get isReachedByNone(): boolean {
    return this.#tests.length > 0 && this.#tests.every(({ reached }) => !reached);
  }

  /** Another port, or another router: what was known is not true any more. */
  testAgain(): void {
    this.#shutTests = 0;
    this.#testIn(0);
  }

  /** What was known may be wrong: it is found out now. */
  testNow(): void {
    this.#testIn(0);
  }

  /** When the latest test began in which anybody answered, monotonic ms. */
  get testedMs(): number {
    return this.#testedMs;
  }

  #testIn(delayMs: number): void {
    this.#timer?.cancel();
    const signal = this.#running?.signal;
    if (!signal) return;
    this.#timer = this.#deps.clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#work = this.#work.then(() => this.#test(signal));
    });
  }

  async #test(signal: AbortSignal): Promise<void> {
    const startedMs = this.#deps.clock.monotonicMs();
    const tests = signal.aborted ? [] : await this.#ask(signal);
    if (signal.aborted) return;
    if (tests.length > 0) {
      this.#testedMs = startedMs;
      this.#conclude(tests);
    }
    // Another one was wanted meanwhile.
    if (this.#timer) return;
    const isDoubtful = this.#state === 'unreachable' && !this.isShut;
    const isClear = this.#state !== 'unknown' && tests.length > 0 && !isDoubtful;
    this.#testIn(isClear ? this.#deps.settings()['reach.interval'] : RETRY_MS);
  }

  /** Until as many networks agree as are needed. */
  async #ask(signal: AbortSignal): Promise<readonly Tested[]> {
    const tests: Tested[] = [];
    const asked = new Set<string>();
    const supernodes = this.#deps.supernodes();
    this.#known = supernodes.length;
    for (const { address, nodeId } of supernodes) {
      const isEnough = [true, false].some((reached) => networksOf(tests, reached).size >= this.#neededBy(tests));
      if (signal.aborted || isEnough || asked.size >= MAX_ASKED) break;
      const network = wideBlock(address.host);
      const port = this.#deps.port(address.host);
      if (asked.has(network) || port === undefined) continue;
      asked.add(network);
      const answer = await this.#askOne({ address, nodeId }, port, signal);
      if (answer) tests.push({ address, reached: answer.reached, atMs: this.#deps.clock.monotonicMs() });
    }
    return tests;
  }

  async #askOne(to: PeerTarget, port: number, signal: AbortSignal): Promise<ReachAnswer | undefined> {
    const { links, settings, logger } = this.#deps;
    // The other side may take its whole dial time-out before it answers.
    const timeoutMs = settings()['overlay.dial-timeout'] + settings()['overlay.request-timeout'];
    const body = toUtf8(JSON.stringify({ port }));
    const request = { method: 'POST', path: '/reach', body, maxBytes: SMALL_ANSWER_BYTES, timeoutMs } as const;
    try {
      const response = await links.request(to, request, signal);
      return response.status === 200 ? readJson(reachAnswerSchema, response) : undefined;
    } catch (thrown) {
      logger.debug('no call-back was tried', { node: to.nodeId, why: toAppError(thrown).message });
      return undefined;
    }
  }

  #conclude(tests: readonly Tested[]): void {
    const before = this.#state;
    this.#tests = tests;
    this.#needed = this.#neededBy(tests);
    if (networksOf(tests, true).size >= this.#needed) this.#state = 'reachable';
    else if (networksOf(tests, false).size >= this.#needed) this.#state = 'unreachable';
    else this.#state = 'unknown';
    const isReachedByNone = this.#state === 'unreachable' && networksOf(tests, true).size === 0;
    this.#shutTests = isReachedByNone ? this.#shutTests + 1 : 0;
    if (this.#state !== before) this.#deps.logger.info('reachability', { state: this.#state });
    if (this.#state !== before || this.isReachedByNone) this.#deps.changed();
  }

  /** One is enough where there are no others to be reached by: all are in this peer's own network, or there is only one supernode. */
  #neededBy(tests: readonly Tested[]): number {
    const isOwnNetwork = tests.length > 0 && tests.every(({ address }) => isPrivateHost(address.host));
    return isOwnNetwork || this.#known === 1 ? 1 : CALL_BACKS;
  }
}

const networksOf = (tests: readonly Tested[], reached: boolean): ReadonlySet<string> =>
  new Set(tests.filter((test) => test.reached === reached).map(({ address }) => wideBlock(address.host)));
