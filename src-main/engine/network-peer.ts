import { NO_ADDRESS, type PeerAddress, type PeerTarget } from '../contract/address.ts';
import type { EventName, Events } from '../contract/api.ts';
import type { NodeId, SearchId } from '../contract/ids.ts';
import type { RoleReason } from '../contract/network.ts';
import type { SearchResult } from '../contract/search.ts';
import type { Settings } from '../contract/settings.ts';
import type { Opinion, Verdict } from '../contract/votes.ts';
import { findVotes } from './find-votes.ts';
import { lateSearch } from './late-search.ts';
import { DialRules } from './overlay/dial-rules.ts';
import type { SharedLibrary } from './overlay/metadata-upload.ts';
import { Overlay } from './overlay/overlay.ts';
import type { OverlayDeps } from './overlay/overlay-deps.ts';
import { RuledLinks } from './overlay/ruled-links.ts';
import type { LinkHandler, Links, Remote } from './ports/index.ts';
import { askSource, type SourceOutcome } from './search/ask-source.ts';
import { FalseHits } from './search/false-hits.ts';
import { queryText } from './search/query-language.ts';
import { Searches } from './search/searches.ts';
import { partFromBanned } from './shut-changes.ts';
import type { WhyShut } from './shut-out.ts';
import { QueryService } from './supernode/query-service.ts';
import { searchHandler } from './supernode/search-handler.ts';
import { VetAhead } from './supernode/vet-ahead.ts';
import { Vetting } from './supernode/vetting.ts';
import { Judge, type JudgeDeps } from './trust/judge.ts';
import { Strikes } from './trust/strikes.ts';
import type { JudgedFile } from './votes/judged-file.ts';
import { Votes, type VotesDeps } from './votes/votes.ts';

/** What a peer without files of its own on a disk needs of its host. */
export type NetworkPeerPorts = Pick<
  OverlayDeps,
  'clock' | 'random' | 'logger' | 'index' | 'sha256' | 'gzip' | 'machine' | 'store' | 'uptimeStore'
> & {
  readonly links: Links;
  readonly searchMemory: JudgeDeps['store'];
  /** Without these it neither votes nor hears of votes. */
  readonly votes?: Pick<VotesDeps, 'identity' | 'verify' | 'store'>;
};

type NamedFile = JudgedFile & { readonly name: string };

type NetworkPeerOptions = {
  readonly nodeId: NodeId;
  readonly listen: PeerAddress;
  readonly settings: () => Settings;
  readonly library: SharedLibrary;
  readonly bootstrap: readonly PeerTarget[];
  /** The fastest that files travelled, bytes a second. */
  readonly bestRates: OverlayDeps['bestRates'];
  readonly emit: <N extends EventName>(name: N, event: Events[N]) => void;
};

/** Where a peer stands, as a simulation counts it. */
type Standing = {
  readonly role: 'leaf' | 'supernode';
  readonly why: RoleReason;
  readonly hasParent: boolean;
  readonly children: number;
  readonly neighbours: number;
};

/**
 * The overlay and the search of a peer, without library, downloads and uploads: the same modules, joined as in `peer-parts.ts`, for
 * simulations of more peers than whole engines fit into.
 */
export class NetworkPeer {
  readonly nodeId: NodeId;
  readonly #overlay: Overlay;
  readonly #queries: QueryService;
  readonly #vetAhead: VetAhead;
  readonly #searches: Searches;
  readonly #strikes: Strikes;
  readonly #votes: Votes | undefined;
  readonly #judge: Judge;
  readonly #falseHits: FalseHits;
  readonly #ask: Parameters<typeof askSource>[0];

  constructor(ports: NetworkPeerPorts, options: NetworkPeerOptions) {
    const { nodeId, settings, emit } = options;
    this.nodeId = nodeId;
    const whyShut: WhyShut = (peer) => {
      const untilMs = this.#strikes.banEndMs(peer);
      return untilMs === undefined ? undefined : { code: 'peer.banned', untilMs };
    };
    const isFamiliar = (address: PeerAddress) => this.#overlay.network.isFamiliar(address);
    const rules = new DialRules({ ...ports, settings, ownHosts: () => [options.listen.host], whyShut, isFamiliar });
    for (const { address } of options.bootstrap) rules.trustAddress(address);
    const shared = { ...ports, settings, links: new RuledLinks(ports.links, rules), contact: rules.contact };
    this.#strikes = new Strikes({
      ...shared,
      store: undefined,
      onStrike: ({ remote, why, isBanned }) => {
        ports.logger.info('strike', { node: remote.nodeId, why });
        if (isBanned) queueMicrotask(() => partFromBanned({ strikes: this.#strikes, dialRules: rules, network }));
      },
    });
    const strike = (remote: Remote, why: string) => void this.#strikes.strike(remote, why);
    this.#ask = shared;
    const falseHits = new FalseHits({
      ...shared,
      strike: (node, why) => {
        strike({ nodeId: node, address: NO_ADDRESS }, why);
        network.dismiss(node, why);
      },
    });
    this.#falseHits = falseHits;
    this.#votes =
      ports.votes &&
      new Votes({
        ...shared,
        ...ports.votes,
        find: (...look) => findVotes({ overlay: this.#overlay, searches: this.#searches }, ...look),
        strike,
        changed: (opinion) => this.#searches.opinionChanged(opinion),
      });
    this.#overlay = new Overlay({
      ...shared,
      votes: this.#votes,
      self: nodeId,
      listen: () => [options.listen],
      library: options.library,
      bestRates: options.bestRates,
      load: () => ({ freeSlots: 4, queueLength: 0, rateBps: 0 }),
      onLoad: () => () => {},
      search: lateSearch(() => handler),
      strike,
      forgive: (target) => rules.forgive(target),
      worldsChanged: (view) => emit('worlds', view),
      bootstrap: { user: options.bootstrap, builtIn: [] },
    });
    const { network } = this.#overlay;
    const isStruck = (supernode: NodeId) => falseHits.isStruck(supernode);
    const vetting = new Vetting({ ...shared, network, falseHits });
    this.#vetAhead = new VetAhead({ ...shared, network, vetting });
    this.#queries = new QueryService({
      ...shared,
      network,
      isStruck,
      ask: vetting.ask.bind(vetting),
      check: vetting.check.bind(vetting),
      votes: this.#votes,
    });
    this.#judge = new Judge({
      ...shared,
      self: nodeId,
      store: ports.searchMemory,
      opinion: (file) => this.#votes?.opinion(file) ?? { score: 0, own: null },
      // Nothing is downloaded here.
      foundType: () => undefined,
    });
    this.#searches = new Searches({
      ...shared,
      network,
      queryText,
      ownService: this.#queries,
      falseHits,
      judge: this.#judge,
      allowed: (hit) => hit,
      emit,
    });
    const handler = searchHandler(this.#queries, this.#searches);
    this.#overlay.onRole((role) => {
      this.#searches.serverChanged();
      this.#vetAhead.roleChanged(role);
      emit('role', { role });
    });
  }

  get handler(): LinkHandler {
    return {
      request: async (request) =>
        this.#votes?.handle(request) ?? (await this.#overlay.handle(request)) ?? { status: 404 },
      session: (link) => this.#overlay.session(link),
      relayed: (token, remote) => this.#overlay.relays.enter(token, remote),
      reversed: (token, remote) => this.#overlay.calls.reversed(token, remote),
      accepts: (remote) => !this.#strikes.isBanned(remote),
      misbehaved: (remote, why) => void this.#strikes.strike(remote, why),
    };
  }

  async start(): Promise<void> {
    await this.#judge.start();
    await this.#votes?.start();
    await this.#overlay.start();
  }

  /** Takes leave. Idempotent. */
  async stop(): Promise<void> {
    this.#searches.close();
    await this.#judge.stop();
    this.#vetAhead.stop();
    this.#queries.stop();
    await this.#overlay.stop();
    await this.#votes?.stop();
  }

  /** To be called after a change of the setting supernode.role. */
  settingsChanged(): void {
    this.#overlay.settingsChanged();
  }

  get role(): 'leaf' | 'supernode' {
    return this.#overlay.role();
  }

  get parent(): NodeId | undefined {
    return this.#overlay.network.parent()?.nodeId;
  }

  get hasParent(): boolean {
    return this.parent !== undefined;
  }

  standing(): Standing {
    const { why } = this.#overlay;
    return {
      role: this.role,
      why,
      hasParent: this.hasParent,
      ...this.#overlay.counts(),
    };
  }

  /** Supernodes that this one is linked with. */
  links(): readonly NodeId[] {
    return this.#overlay.place().neighbours.map(({ node }) => node);
  }

  /** As `search.start`; what happens is told by `emit`. */
  search(input: { readonly words: string; readonly limit: number; readonly hops?: number }): SearchId {
    return this.#searches.start(input);
  }

  /** What a search has found so far, at most `limit`, in the order in which it came. Fails with search.unknown. */
  results(id: SearchId, limit: number): readonly SearchResult[] {
    return this.#searches.results(id, 0, limit).results;
  }

  /** Looks for what others say of a file, as when its details are shown; `results` tell what came of it. */
  look(file: JudgedFile): void {
    this.#votes?.look(file);
  }

  /** What others say of a file, as far as this peer knows it now; undefined in one that hears of no votes. */
  opinion(file: JudgedFile): Opinion | undefined {
    return this.#votes?.opinion(file);
  }

  /** The user fetches a file that a search showed. */
  taken(file: JudgedFile): void {
    this.#judge.taken(file);
  }

  /** What the user does with it later. */
  did(file: NamedFile, what: 'deleted-soon' | 'kept'): void {
    this.#judge.did(file, what);
  }

  /** The user says what a file is. */
  async say({ hash, size, name }: NamedFile, verdict: Verdict): Promise<void> {
    this.#judge.said({ hash, size, name }, verdict);
    await this.#votes?.set({ hash, size, name, verdict });
  }

  /** Asks the first source of a result for its file, as a download would, and judges who named it by the answer. */
  async try({ hash, sources, namedBy }: SearchResult): Promise<SourceOutcome> {
    const [source] = sources;
    const outcome = source ? await askSource(this.#ask, { hash, source }) : 'unknown';
    if (outcome === 'unknown') return outcome;
    for (const supernode of namedBy) this.#falseHits.report(supernode, outcome);
    this.#searches.tried(outcome);
    return outcome;
  }
}
