import type { CommandInput, EventName, Events } from '../../contract/api.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId, SearchId } from '../../contract/ids.ts';
import type { SearchView } from '../../contract/outputs.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import type { Judge } from '../trust/judge.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { type Allowed, AllowedSink } from './allowed-sink.ts';
import { ClientSearch, type ClientSearchDeps, type ClientSearchSink, type ClientSearchSpec } from './client-search.ts';
import { type Collected, CollectingSink, NOTHING_COLLECTED } from './collecting-sink.ts';
import type { FalseHits } from './false-hits.ts';
import { ParentCheck } from './parent-check.ts';
import { PassedOn } from './passed-on.ts';
import type { RowDeps } from './result-row.ts';
import type { ResultPage } from './result-set.ts';
import type { SearchNetwork, SearchPeer } from './search-network.ts';
import { ServerTest } from './server-test.ts';
import { ShownSearch } from './shown-search.ts';
import { type FoundSources, SourceSink } from './source-sink.ts';
import { SourceTurns } from './source-turns.ts';
import { type VoteListener, VoteSink } from './vote-sink.ts';

/** Searches of the user that run at once, and those kept for `more`; the oldest ended ones go first. */
const MAX_RUNNING = 50;
const MAX_KEPT = 100;
/** Rows of all of them together, at some 2 KB each; the newest is kept whatever it has. */
const MAX_KEPT_ROWS = 30_000;
/** Results that a search for nobody to watch wants: of more, those that come late seem new. */
const COLLECTED = 1000;
/** Whoever found a file bad shares it no more: a look goes on after the sources that a download wants, so many times as far. */
const VOTES_FACTOR = 4;
/** Bytes of a search's random id (protocol section 8). */
const ID_BYTES = 16;

/** The query language, as far as a search needs it. */
export interface QueryText {
  /** Folded words that a match must have; fails with search.query-invalid. */
  terms(words: string): readonly string[];
  fold(text: string): string;
}

/** Runs queries as a supernode does. */
export interface QueryRunner {
  message(from: SearchPeer, message: SessionMessage): void;
}

export type SearchesDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly network: SearchNetwork;
  readonly queryText: QueryText;
  /** Runs this peer's searches while it is a supernode itself. */
  readonly ownService: QueryRunner;
  readonly falseHits: Pick<FalseHits, 'isStruck' | 'isInventor' | 'caught'>;
  readonly judge: Judge;
  readonly allowed: Allowed;
  readonly emit: <N extends EventName>(name: N, event: Events[N]) => void;
};

type Shown = { readonly search: ClientSearch; readonly sink: ShownSearch; endedAtMs: number | undefined };

/** The searches of this peer: its user's, shown by events, and those of its downloads. */
export class Searches {
  readonly #deps: SearchesDeps;
  readonly #shown = new Map<SearchId, Shown>();
  readonly #running = new Map<SearchId, ClientSearch>();
  readonly #turns: SourceTurns;
  readonly #self: SearchPeer;
  readonly #parentCheck: ParentCheck;
  readonly #serverTest: ServerTest;
  readonly #passedOn: PassedOn;
  readonly #forgetListener: () => void;
  readonly #isStruck = (supernode: NodeId): boolean => this.#deps.falseHits.isStruck(supernode);

  constructor(deps: SearchesDeps) {
    this.#deps = deps;
    this.#turns = new SourceTurns(deps);
    this.#self = this.#ownServer();
    this.#parentCheck = new ParentCheck(deps);
    this.#serverTest = new ServerTest(deps);
    this.#passedOn = new PassedOn(deps.network);
    const forgetServers = deps.network.onServers(() => this.#serverTest.serversChanged());
    const forgetParent = deps.network.onParent(() => {
      this.#parentCheck.parentChanged();
      this.#passedOn.parentChanged();
      this.serverChanged();
    });
    this.#forgetListener = () => {
      forgetServers();
      forgetParent();
    };
  }

  /** Starts a search; results come as search.* events after this call. Fails with search.* and input.invalid. */
  start(input: CommandInput<'search.start'>): SearchId {
    const settings = this.#deps.settings();
    this.#tidy();
    const running = [...this.#shown.values()].filter(({ search }) => search.isRunning).length;
    if (running >= MAX_RUNNING) throw new AppError('search.too-many', { running });
    const { words, hash, hops = 0, timeoutMs = settings['search.timeout'] } = input;
    if ((words === undefined) === (hash === undefined)) {
      throw new AppError('input.invalid', { what: 'search', why: 'give either words or a hash' });
    }
    const terms = words === undefined ? [] : this.#deps.queryText.terms(words);
    const limit = input.limit ?? settings[hash === undefined ? 'search.results' : 'search.hash-sources'];
    const spec = {
      id: this.#newId(),
      ...(words === undefined ? {} : { words }),
      ...(hash === undefined ? {} : { hash }),
      ...{ limit, timeoutMs, hops },
    };
    const sink = new ShownSearch(spec, {
      ...this.#rowDeps(terms),
      emit: this.#deps.emit,
      ended: () => this.#ended(spec.id),
    });
    const search = this.#create(spec, sink, (blocked) => {
      sink.blocked = blocked;
    });
    this.#shown.set(spec.id, { search, sink, endedAtMs: undefined });
    this.#running.set(spec.id, search);
    search.start();
    return spec.id;
  }

  /** Goes on with an ended search for as many further results; nothing while it runs. Fails with search.unknown. */
  more(id: SearchId): void {
    const shown = this.#find(id);
    if (shown.search.isRunning) return;
    shown.endedAtMs = undefined;
    this.#running.set(id, shown.search);
    shown.search.more();
  }

  /** Ends a search; nothing when it has ended. Fails with search.unknown. */
  stop(id: SearchId): void {
    this.#find(id).search.stop();
  }

  /** The user's searches that can still be shown and continued, oldest first. */
  list(): readonly SearchView[] {
    this.#tidy();
    return [...this.#shown.values()].map(({ search, sink }) => sink.view(search.isRunning));
  }

  /** What a search has found, page by page. Fails with search.unknown. */
  results(id: SearchId, after: number, limit: number): ResultPage {
    const page = this.#find(id).sink.page(after, limit);
    return { ...page, results: page.results.flatMap((result) => this.#deps.allowed(result) ?? []) };
  }

  /** Searches for nobody to watch, in turn with the searches of downloads; resolves when the search ends or `signal` aborts. */
  async collect(words: string, signal: AbortSignal): Promise<Collected> {
    if (!(await this.#turns.take(signal))) return NOTHING_COLLECTED;
    const timeoutMs = this.#deps.settings()['search.timeout'];
    const sink = new CollectingSink(this.#rowDeps(this.#deps.queryText.terms(words)), this.#deps.network.nodeId);
    await this.#runUnseen({ words, limit: COLLECTED, timeoutMs, hops: 0 }, sink, signal);
    return sink.collected();
  }

  /** Searches by hash for a download; resolves when the search ends or `signal` aborts. This peer itself is never named. */
  async findSources(wanted: WantedFile, found: (sources: FoundSources) => void, signal: AbortSignal): Promise<void> {
    if (!(await this.#turns.take(signal))) return;
    const { settings, network } = this.#deps;
    const { 'search.timeout': timeoutMs, 'search.hash-sources': limit } = settings();
    const sink = new SourceSink({ wanted, self: network.nodeId, isStruck: this.#isStruck, found });
    const voteSize = wanted.votes && wanted.size !== undefined ? { voteSize: wanted.size } : {};
    await this.#runUnseen({ hash: wanted.hash, limit, timeoutMs, hops: 0, ...voteSize }, sink, signal);
  }

  /** Looks for votes on a file: nobody but the supernode that runs this peer's searches learns who does. Resolves as `findSources`. */
  async findVotes({ hash, size }: JudgedFile, votes: VoteListener, signal: AbortSignal): Promise<void> {
    if (!(await this.#turns.take(signal))) return;
    const { 'search.timeout': timeoutMs, 'search.hash-sources': sources } = this.#deps.settings();
    const spec = { hash, voteSize: size, limit: VOTES_FACTOR * sources, timeoutMs, hops: 0, isPrivate: true };
    await this.#runUnseen(spec, new VoteSink(votes), signal);
  }

  /** The supernode that runs this peer's searches now: the parent, or this peer itself. */
  server(): SearchPeer | undefined {
    return this.#deps.network.role() === 'supernode' ? this.#self : this.#deps.network.parent();
  }

  /** A message of the parent, the standby or a supernode hopped to. */
  message(from: SearchPeer, message: SessionMessage): void {
    if (message.type !== 'hits' && message.type !== 'wave' && message.type !== 'end') return;
    if (message.type === 'end' && message.lastWave)
      this.message(from, { type: 'wave', id: message.id, ...message.lastWave });
    if (this.#parentCheck.message(from, message) || this.#serverTest.message(from, message)) return;
    this.#running.get(message.id)?.message(from, message);
  }

  /** A session ended: what it ran goes to the next supernode. */
  gone(from: SearchPeer): void {
    this.#parentCheck.gone(from);
    this.#serverTest.gone(from);
    for (const search of [...this.#running.values()]) search.gone(from);
  }

  /** What became of a source that a search named, when it was tried. */
  tried(outcome: 'good' | 'false'): void {
    this.#passedOn.tried(outcome);
  }

  /** People say something else of a file: it is shown anew where it is. */
  opinionChanged(file: { readonly hash: ContentHash; readonly size: number }): void {
    for (const { sink } of this.#shown.values()) sink.reconsider(file);
  }

  /** Call when this peer has become a supernode or a leaf; a change of parent is heard of anyway. */
  serverChanged(): void {
    for (const search of [...this.#running.values()]) search.serverChanged();
  }

  /** Stops every search. Idempotent; nothing may be started afterwards. */
  close(): void {
    this.#forgetListener();
    this.#turns.close();
    this.#parentCheck.stop();
    this.#serverTest.stop();
    for (const search of [...this.#running.values()]) search.stop();
    this.#shown.clear();
  }

  #create(spec: ClientSearchSpec, sink: ClientSearchSink, blocked = (_: number) => {}): ClientSearch {
    const { clock, logger, network, allowed, falseHits } = this.#deps;
    const server = () => this.server();
    const isInventor = (supernode: NodeId) => falseHits.isInventor(supernode);
    const shown = new AllowedSink(sink, { allowed, isInventor, blocked });
    const served: ClientSearchDeps['served'] = (by, how) => this.#serverTest.searched(by, how);
    return new ClientSearch(spec, shown, { clock, logger, network, server, served });
  }

  /** A search that no face sees; its turn was taken before. */
  #runUnseen(spec: Omit<ClientSearchSpec, 'id'>, sink: ClientSearchSink, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const id = this.#newId();
      const onAbort = () => search.stop();
      const end: ClientSearchSink['end'] = (reason, error) => {
        sink.end(reason, error);
        signal.removeEventListener('abort', onAbort);
        this.#running.delete(id);
        this.#turns.done();
        resolve();
      };
      const search = this.#create(
        { ...spec, id },
        {
          count: () => sink.count(),
          hits: (named) => sink.hits(named),
          votes: (told) => sink.votes?.(told),
          wave: (report, run) => sink.wave(report, run),
          end,
        },
      );
      signal.addEventListener('abort', onAbort, { once: true });
      this.#running.set(id, search);
      search.start();
      if (signal.aborted) search.stop();
    });
  }

  #rowDeps(terms: readonly string[]): RowDeps {
    const { queryText, judge } = this.#deps;
    return { terms, fold: (text) => queryText.fold(text), isStruck: this.#isStruck, judge: judge.begin(terms) };
  }

  #ended(id: SearchId): void {
    this.#running.delete(id);
    const shown = this.#shown.get(id);
    if (shown) shown.endedAtMs = this.#deps.clock.monotonicMs();
  }

  #find(id: SearchId): Shown {
    this.#tidy();
    const shown = this.#shown.get(id);
    if (!shown) throw new AppError('search.unknown', { id });
    return shown;
  }

  #tidy(): void {
    const { clock, settings } = this.#deps;
    const oldestMs = clock.monotonicMs() - settings()['search.keep'];
    const newest = [...this.#shown.keys()].at(-1);
    let rows = 0;
    for (const { sink } of this.#shown.values()) rows += sink.rows;
    for (const [id, { endedAtMs, sink }] of this.#shown) {
      const areMany = id !== newest && (this.#shown.size > MAX_KEPT || rows > MAX_KEPT_ROWS);
      if (endedAtMs === undefined || !(endedAtMs <= oldestMs || areMany)) continue;
      this.#shown.delete(id);
      rows -= sink.rows;
    }
  }

  /** This peer as its own supernode: messages go to the query service and come back as from a parent. */
  #ownServer(): SearchPeer {
    const { network, ownService } = this.#deps;
    const answers = (message: SessionMessage) => {
      this.message(server, message);
      return true;
    };
    const self = { nodeId: network.nodeId, host: '', knows: () => true };
    const client: SearchPeer = { ...self, send: answers };
    const server: SearchPeer = {
      ...self,
      send: (message) => {
        ownService.message(client, message);
        return true;
      },
    };
    return server;
  }

  #newId(): SearchId {
    return randomId(this.#deps.random, ID_BYTES) as SearchId;
  }
}

/** `size` undefined when only the hash is known. `votes`: what is said of the file is wanted too, as soon as its size is known. */
export type WantedFile = {
  readonly hash: ContentHash;
  readonly size: number | undefined;
  readonly votes?: VoteListener | undefined;
};
type JudgedFile = { readonly hash: ContentHash; readonly size: number };
