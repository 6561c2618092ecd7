import type { ErrorCode } from '../../contract/errors.ts';
import type { ContentHash, NodeId, SearchId } from '../../contract/ids.ts';
import type { SearchEndReason, WaveReport } from '../../contract/search.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import { ShortWait } from '../short-wait.ts';
import type { End } from '../wire/messages/end.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { More } from '../wire/messages/more.ts';
import type { Query } from '../wire/messages/query.ts';
import type { Wave } from '../wire/messages/wave.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { SINCE } from '../wire/version.ts';
import type { ListedVote } from '../wire/votes.ts';
import type { NamedHits } from './result-set.ts';
import type { SearchNetwork, SearchPeer } from './search-network.ts';

/** Prefixes that a query may carry (its schema); the newest are kept. */
const MAX_ASKED = 1000;
/** The most results that a query may want or have (its schema). */
const MAX_RESULTS = 10_000;
/** A supernode that could not be sent to is tried again after this, when no other takes its place. */
const RETRY_MS = 1000;
/** Without a word of the supernode for so long, another one is asked. */
const MUTE_MS = 5000;
/** Whoever has said nothing for so long when the time of a search is over left it lying: a wave is over after 4 s. */
const LEFT_MS = 15_000;
/** Reports of one run: 500 supernodes make 170 waves of 3. */
const MAX_WAVES = 1000;

export type ClientSearchSpec = {
  readonly id: SearchId;
  /** Exactly one of words and hash. */
  readonly words?: string;
  readonly hash?: ContentHash;
  readonly limit: number;
  readonly timeoutMs: number;
  readonly hops: number;
  /** Beside a hash: votes on the file of this size are wanted too. */
  readonly voteSize?: number;
  /** Nobody but the supernode that runs this peer's searches may know of it. */
  readonly isPrivate?: boolean;
};

/** Votes as they come in: who handed them to this peer, and where they were told (by the same one, or to it). */
export type ToldVotes = {
  readonly by: SearchPeer;
  readonly host: string;
  readonly votes: readonly ListedVote[];
};

/** `askedTotal`: supernodes asked so far in the whole search. */
export type ClientWave = WaveReport & { readonly askedTotal: number };
/** Which supernode ran a wave, and whether that was a look into its own index. */
export type WaveRun = { readonly server: NodeId; readonly isOwnIndex: boolean };

export interface ClientSearchSink {
  /** What was found so far and counts towards the limit. */
  count(): number;
  hits(named: NamedHits): void;
  votes?(told: ToldVotes): void;
  wave(report: ClientWave, run: WaveRun): void;
  end(reason: SearchEndReason, error?: ErrorCode): void;
}

export type ClientSearchDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly network: Pick<SearchNetwork, 'nodeId' | 'parent' | 'standby' | 'hop'>;
  /** The supernode that runs this peer's searches now: the parent, or this peer itself. */
  readonly server: () => SearchPeer | undefined;
  readonly served: (by: SearchPeer, how: Service) => void;
};

/** How a supernode served a search: to an end; not at all, or not any more; or with an error that lies in it. */
export type Service = 'well' | 'mute' | 'refuses';

type Ended = { readonly reason: SearchEndReason; readonly error?: ErrorCode };
type Outcome = Ended | 'gone' | 'mute';
type Exchange = {
  readonly peer: SearchPeer;
  /** A hand-over goes to the next parent; what the standby or a hop runs does not. */
  readonly byServer: boolean;
  readonly firstWave: number;
  readonly settle: (outcome: Outcome) => void;
  /** Of its latest word, monotonic ms; undefined before the first. */
  heardAtMs: number | undefined;
};
type Question = { readonly message: Query | More; readonly byServer: boolean; readonly firstWave: number };
type Run = {
  readonly limit: number;
  readonly endsAtMs: number;
  readonly abort: AbortController;
  readonly deadline: Timer;
  waves: number;
};

/**
 * One search, seen by the peer that wants it: asks its supernode, hands the search on when another takes over, repeats it through
 * the standby when it ends too early, and hops. Which supernodes were asked is remembered, so that nobody is asked twice.
 */
export class ClientSearch {
  readonly #spec: ClientSearchSpec;
  readonly #sink: ClientSearchSink;
  readonly #deps: ClientSearchDeps;
  #asked: string[] = [];
  #askedTotal = 0;
  #lastWave = -1;
  /** The supernode that can go on with it, and the number of its own wave 0 here. */
  #kept: { readonly by: NodeId; readonly firstWave: number } | undefined;
  #exchange: Exchange | undefined;
  #run: Run | undefined;
  readonly #pause: ShortWait;

  constructor(spec: ClientSearchSpec, sink: ClientSearchSink, deps: ClientSearchDeps) {
    this.#spec = spec;
    this.#sink = sink;
    this.#deps = deps;
    this.#pause = new ShortWait(deps.clock);
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  start(): void {
    this.#begin(this.#spec.limit);
  }

  /** Goes on for as many further results as were wanted at first; nothing while it runs. */
  more(): void {
    if (!this.isRunning) this.#begin(this.#sink.count() + this.#spec.limit);
  }

  /** Idempotent. */
  stop(): void {
    this.#end('stopped');
  }

  message(from: SearchPeer, message: SessionMessage): void {
    const exchange = this.#exchange;
    if (!exchange || exchange.peer.nodeId !== from.nodeId) return;
    exchange.heardAtMs = this.#deps.clock.monotonicMs();
    if (message.type === 'hits') this.#hits(exchange, message);
    else if (message.type === 'wave') this.#waveDone(exchange, message);
    else if (message.type === 'end') {
      const service = serviceOf(message);
      if (service) this.#deps.served(exchange.peer, service);
      exchange.settle(outcomeOf(message));
    }
  }

  gone(from: SearchPeer): void {
    if (this.#exchange?.peer.nodeId === from.nodeId) this.#exchange.settle('gone');
  }

  /** Another supernode, or none, runs this peer's searches from now on. */
  serverChanged(): void {
    const exchange = this.#exchange;
    if (exchange?.byServer && this.#deps.server()?.nodeId !== exchange.peer.nodeId) {
      exchange.peer.send({ type: 'stop', id: this.#spec.id });
      exchange.settle('gone');
    }
    this.#pause.cut();
  }

  #begin(limit: number): void {
    const { clock } = this.#deps;
    const { timeoutMs } = this.#spec;
    const run: Run = {
      limit: Math.min(limit, MAX_RESULTS),
      endsAtMs: clock.monotonicMs() + timeoutMs,
      abort: new AbortController(),
      deadline: clock.setTimer(timeoutMs, () => this.#late()),
      waves: 0,
    };
    this.#run = run;
    void this.#search(run).catch((thrown: unknown) => {
      this.#deps.logger.error('a search broke', { search: this.#spec.id, why: String(thrown) });
      if (this.#run === run) this.#end('stopped', 'internal');
    });
  }

  async #search(run: Run): Promise<void> {
    // Not before the caller of `start` has its answer: results may be here at once.
    await this.#pause.wait(0);
    const outcome = await this.#askServer(run);
    if (this.#run !== run) return;
    if (outcome.error === undefined) {
      const isShort = outcome.reason !== 'timeout' && this.#sink.count() < run.limit;
      if (isShort && !this.#spec.isPrivate) await this.#askStandby(run);
      await this.#hop(run);
    }
    if (this.#run !== run) return;
    if (this.#sink.count() >= run.limit) this.#end('limit');
    // A supernode may say `limit` for results that were known already.
    else this.#end(outcome.reason === 'limit' ? 'exhausted' : outcome.reason, outcome.error);
  }

  /** Follows the search from supernode to supernode until one of them brings it to an end. */
  async #askServer(run: Run): Promise<Ended> {
    let lost: SearchPeer | undefined;
    for (;;) {
      const server = await this.#nextServer(run, lost);
      if (!server) return { reason: 'timeout' };
      const kept = this.#kept?.by === server.nodeId ? this.#kept : undefined;
      const firstWave = kept?.firstWave ?? this.#lastWave + 1;
      const message = kept ? this.#moreMessage(run) : this.#query(run, server);
      const outcome = await this.#ask(run, server, { message, byServer: true, firstWave });
      this.#kept = undefined;
      if (outcome === 'mute') return { reason: 'exhausted' };
      if (outcome === 'gone') lost = server;
      else if (outcome.error !== 'search.unknown') {
        this.#kept = { by: server.nodeId, firstWave };
        return outcome;
      }
    }
  }

  /** Waits for a supernode; undefined when the run ended. One that was just lost is tried again only after a pause. */
  async #nextServer(run: Run, lost: SearchPeer | undefined): Promise<SearchPeer | undefined> {
    for (let avoid = lost; this.#run === run; ) {
      const server = this.#deps.server();
      if (server && server !== avoid) return server;
      await this.#pause.wait(RETRY_MS);
      if (this.#deps.server() === avoid) avoid = undefined;
    }
    return undefined;
  }

  /** A search that ends too early may be the parent's fault: it is repeated, without those already asked. */
  async #askStandby(run: Run): Promise<void> {
    const standby = this.#deps.network.standby();
    const firstWave = this.#lastWave + 1;
    if (standby) await this.#ask(run, standby, { message: this.#query(run, standby), byServer: false, firstWave });
  }

  async #hop(run: Run): Promise<void> {
    const { network, server } = this.#deps;
    const avoid = new Set<NodeId>([network.nodeId]);
    for (const peer of [server(), network.standby()]) if (peer) avoid.add(peer.nodeId);
    for (let hops = 0; hops < this.#spec.hops && this.#run === run; hops++) {
      const peer = await network.hop(avoid, run.abort.signal);
      if (!peer) return;
      avoid.add(peer.nodeId);
      // As many results again as were wanted: whoever hops wants more than there was.
      const message = { ...this.#query(run, peer), limit: this.#spec.limit, results: 0 };
      await this.#ask(run, peer, { message, byServer: false, firstWave: this.#lastWave + 1 });
      peer.close();
    }
  }

  #ask(run: Run, peer: SearchPeer, { message, byServer, firstWave }: Question): Promise<Outcome> {
    if (this.#run !== run) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        if (this.#exchange === exchange) this.#exchange = undefined;
        muteTimer.cancel();
        resolve(outcome);
      };
      const exchange: Exchange = { peer, byServer, firstWave, settle, heardAtMs: undefined };
      const muteTimer = this.#deps.clock.setTimer(MUTE_MS, () => this.#checkHeard(exchange));
      this.#exchange = exchange;
      if (!peer.send(message)) settle('gone');
    });
  }

  /** The own index is searched at once, and said to be: whoever has not said even that does not serve, as far as there is another. */
  #checkHeard({ peer, byServer, heardAtMs, settle }: Exchange): void {
    if (heardAtMs !== undefined) return;
    this.#deps.served(peer, 'mute');
    if (byServer && !this.#deps.network.standby()) return;
    peer.send({ type: 'stop', id: this.#spec.id });
    settle('mute');
  }

  #moreMessage(run: Run): More {
    return { type: 'more', id: this.#spec.id, limit: Math.max(1, run.limit - this.#sink.count()) };
  }

  #query(run: Run, to: SearchPeer): Query {
    const { id, words, hash, voteSize } = this.#spec;
    return {
      type: 'query',
      id,
      ...(words === undefined ? {} : { words }),
      ...(hash === undefined ? {} : { hash }),
      ...(voteSize !== undefined && to.knows(SINCE.voteQueries) ? { voteSize } : {}),
      limit: run.limit,
      timeoutMs: Math.max(1, Math.ceil(run.endsAtMs - this.#deps.clock.monotonicMs())),
      ...(this.#asked.length === 0 ? {} : { asked: this.#asked, results: Math.min(this.#sink.count(), MAX_RESULTS) }),
    };
  }

  #hits({ peer, firstWave }: Exchange, { hits, from, wave, votes, host = peer.host }: Hits): void {
    if (votes && this.#spec.voteSize !== undefined) this.#sink.votes?.({ by: peer, host, votes });
    this.#sink.hits({ hits, namedBy: from ?? peer.nodeId, wave: firstWave + (wave ?? 0) });
  }

  #waveDone({ peer, firstWave }: Exchange, { wave, asked, answered, prefixes }: Wave): void {
    const run = this.#run;
    if (!run || run.waves >= MAX_WAVES) return;
    run.waves++;
    this.#asked = [...new Set([...this.#asked, ...prefixes])].slice(-MAX_ASKED);
    this.#lastWave = Math.max(this.#lastWave, firstWave + wave);
    // Counts are claims of a supernode: their sum must stay a count.
    this.#askedTotal = Math.min(this.#askedTotal + asked, Number.MAX_SAFE_INTEGER);
    const askedTotal = this.#askedTotal;
    this.#sink.wave(
      { wave: firstWave + wave, asked, answered, results: this.#sink.count(), askedTotal },
      { server: peer.nodeId, isOwnIndex: wave === 0 },
    );
  }

  /** Its time is over. Whoever began and has said nothing for long did not serve it. */
  #late(): void {
    const { clock, served } = this.#deps;
    const { peer, heardAtMs } = this.#exchange ?? {};
    if (peer && heardAtMs !== undefined && clock.monotonicMs() - heardAtMs >= LEFT_MS) served(peer, 'mute');
    this.#end('timeout');
  }

  #end(reason: SearchEndReason, error?: ErrorCode): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.deadline.cancel();
    const exchange = this.#exchange;
    if (exchange) {
      // Whoever still searches for it need not.
      exchange.peer.send({ type: 'stop', id: this.#spec.id });
      exchange.settle('gone');
    }
    run.abort.abort();
    this.#pause.cut();
    this.#sink.end(reason, error);
  }
}

/** Errors that another supernode would not mend. */
const FINAL_ERRORS: ReadonlySet<ErrorCode> = new Set(['search.over-budget', 'search.query-invalid', 'search.unknown']);

/** Errors that are this peer's own doing. */
const OWN_ERRORS: ReadonlySet<ErrorCode> = new Set(['search.query-invalid', 'search.unknown']);

/** Undefined where it stops being a supernode: another one goes on. */
function serviceOf({ reason, error }: End): Service | undefined {
  if (error !== undefined) return OWN_ERRORS.has(error) ? 'well' : 'refuses';
  return reason === 'stopped' ? undefined : 'well';
}

function outcomeOf({ reason, error }: End): Outcome {
  if (error !== undefined) return FINAL_ERRORS.has(error) ? { reason, error } : { reason: 'exhausted' };
  // This peer did not stop it: the supernode stops being one.
  return reason === 'stopped' ? 'gone' : { reason };
}
