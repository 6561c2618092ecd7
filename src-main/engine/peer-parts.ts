import { NO_ADDRESS, type PeerAddress, parseAddress } from '../contract/address.ts';
import type { ContentHash, NodeId } from '../contract/ids.ts';
import type { FindSources } from './download/download-deps.ts';
import { Downloads } from './download/downloads.ts';
import { WebSeeds } from './download/web-seeds.ts';
import type { EngineOptions, EnginePorts } from './engine-types.ts';
import type { EventHub } from './event-hub.ts';
import { findVotes } from './find-votes.ts';
import { lateSearch } from './late-search.ts';
import { Library } from './library/library.ts';
import { RateLimits } from './limits/rate-limits.ts';
import { MediaShelf } from './media/media-shelf.ts';
import { SourceWays } from './nat/source-ways.ts';
import { DialRules } from './overlay/dial-rules.ts';
import { networkHosts } from './overlay/network-hosts.ts';
import { Overlay } from './overlay/overlay.ts';
import { RuledContentClient, RuledLinks } from './overlay/ruled-links.ts';
import type { Links } from './ports/index.ts';
import { SavedSearches } from './saved/saved-searches.ts';
import { FalseHits } from './search/false-hits.ts';
import { queryText } from './search/query-language.ts';
import { Searches } from './search/searches.ts';
import type { SecondCopy } from './second-copy.ts';
import { ServedContents } from './served-contents.ts';
import { SharedDownloads } from './shared-downloads.ts';
import { ShownLibrary } from './shown-library.ts';
import { applyBans, applyBlocks, isShut } from './shut-changes.ts';
import type { WhyShut } from './shut-out.ts';
import { ContentTypeStore } from './store/content-type-store.ts';
import { CreditStore } from './store/credit-store.ts';
import { DownloadStore } from './store/download-store.ts';
import { HistoryStore } from './store/history-store.ts';
import { HostCacheStore } from './store/host-cache-store.ts';
import { IdentityStore } from './store/identity-store.ts';
import { LibraryStore } from './store/library-store.ts';
import { SavedStore } from './store/saved-store.ts';
import { SearchMemoryStore } from './store/search-memory-store.ts';
import { StrikeStore } from './store/strike-store.ts';
import { UploadQueueStore } from './store/upload-queue-store.ts';
import { UptimeStore } from './store/uptime-store.ts';
import { VoteStore } from './store/vote-store.ts';
import { QueryService } from './supernode/query-service.ts';
import { searchHandler } from './supernode/search-handler.ts';
import { VetAhead } from './supernode/vet-ahead.ts';
import { Vetting } from './supernode/vetting.ts';
import { CountingContentClient, CountingWebClient } from './traffic/counting-content-client.ts';
import { Traffic } from './traffic/traffic.ts';
import type { Troubles } from './troubles.ts';
import { BlockList } from './trust/blocks/block-list.ts';
import { FoundTypes } from './trust/found-types.ts';
import { Judge } from './trust/judge.ts';
import { Strikes } from './trust/strikes.ts';
import { whyShut } from './trust/why-shut.ts';
import { AskedCounts } from './upload/asked-counts.ts';
import { ContentServer } from './upload/content-server.ts';
import { CreditLedger } from './upload/credit-ledger.ts';
import { Votes } from './votes/votes.ts';

type Surroundings = {
  readonly events: EventHub;
  readonly troubles: Troubles;
  readonly copy: SecondCopy;
  readonly listening: () => readonly PeerAddress[];
};

/** The parts of a peer, wired: who gets what of whom is said here and nowhere else. */
export class PeerParts {
  readonly links: Links;
  readonly dialRules: DialRules;
  readonly strikes: Strikes;
  readonly blocks: BlockList;
  readonly library: Library;
  readonly content: ContentServer;
  readonly overlay: Overlay;
  readonly searches: Searches;
  readonly downloads: Downloads;
  readonly sharedDownloads: SharedDownloads;
  readonly webSeeds: WebSeeds;
  readonly history: HistoryStore;
  readonly queries: QueryService;
  readonly #vetAhead: VetAhead;
  readonly media: MediaShelf;
  readonly #ways: SourceWays;
  readonly traffic: Traffic;
  readonly limits: RateLimits;
  readonly saved: SavedSearches;
  readonly votes: Votes;
  readonly #ports: EnginePorts;
  readonly #options: EngineOptions;
  readonly #events: EventHub;
  readonly #asked: AskedCounts;
  readonly #credits: CreditLedger;
  readonly judge: Judge;
  readonly #foundTypes: FoundTypes;
  readonly #startCopy: () => void;

  constructor(ports: EnginePorts, options: EngineOptions, { events, troubles, copy, listening }: Surroundings) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
    const lateOverlay: { now?: Overlay } = {};
    this.traffic = new Traffic(ports.clock);
    this.limits = new RateLimits({
      ...ports,
      settings: () => options.settings.get(),
      moved: () => this.traffic.outside,
      line: () => lateOverlay.now?.line,
      changed: () => {
        this.content.limitsChanged();
        this.downloads.settingsChanged();
      },
    });
    const settings = () => this.limits.settings();
    const isBlocked = (hash: ContentHash) => this.blocks.blocksHash(hash);
    const shut: WhyShut = (peer) => whyShut(this, peer);
    this.blocks = new BlockList({
      ...ports,
      path: ports.files.paths.join(options.dataFolder, 'blocks.txt'),
      changed: () => applyBlocks({ ...this, shown }),
    });
    this.dialRules = new DialRules({
      ...{ ...ports, settings },
      ownHosts: () => networkHosts(listening(), ports.ownHosts()),
      whyShut: shut,
      isFamiliar: (address) => lateOverlay.now?.network.isFamiliar(address) ?? false,
      banIgnored: ({ nodeId, address }) =>
        ports.logger.info('a banned peer is dialled, for you named it', { node: nodeId, host: address.host }),
    });
    for (const { address } of options.bootstrap) this.dialRules.trustAddress(address);
    this.links = new RuledLinks(ports.links, this.dialRules);
    const ruled = new RuledContentClient(ports.content, this.dialRules);
    const count = (bytes: number, host: string) => this.traffic.down(bytes, host);
    const content = new CountingContentClient(ruled, count);
    const shared = { ...ports, links: this.links, content, settings, troubles, whyShut: shut };
    this.strikes = new Strikes({
      ...shared,
      store: new StrikeStore(ports.database),
      onStrike: ({ remote, why, strikes, isBanned }) => {
        const { nodeId: node, address } = remote;
        const fields = { node, host: address.host, why, strikes: Math.round(strikes * 10) / 10 };
        ports.logger.info(isBanned ? 'peer banned' : 'strike', fields);
        // Whoever saw the misdeed is not done with it yet.
        if (isBanned) queueMicrotask(() => applyBans(this));
      },
    });
    const stores = {
      library: new LibraryStore(ports.database, () => copy.touch()),
      downloads: new DownloadStore(ports.database, () => copy.touch()),
      saved: new SavedStore(ports.database, () => copy.touch()),
    };
    this.#startCopy = () => copy.start(stores);
    this.library = new Library({
      ...shared,
      reader: ports.descriptors,
      store: stores.library,
      never: [options.dataFolder],
      blockedBy: (hash) => this.blocks.ruleOfFile({ hash }),
    });
    const shown = new ShownLibrary({ library: this.library, isBlocked });
    const falseHits = new FalseHits({
      ...shared,
      strike: (node, why) => {
        this.#strike(node, why);
        network.dismiss(node, why);
      },
    });
    const isStruck = (supernode: NodeId) => falseHits.isStruck(supernode);
    this.#asked = new AskedCounts({ ...shared, save: (counts) => stores.library.notes.addAsked(counts) });
    this.#credits = new CreditLedger({ ...shared, store: new CreditStore(ports.database) });
    this.content = new ContentServer({
      ...shared,
      files: new ServedContents({
        ...{ library: this.library, shown, isBlocked },
        downloads: () => this.downloads,
        sharesParts: () => settings()['downloads.share'],
      }),
      credit: (node) => this.#credits.terms(node),
      lineBps: () => this.overlay.line.rates().up,
      isShut: ({ nodeId, address }) => isShut(this, { nodeId, host: parseAddress(address)?.host ?? '' }),
      began: (wanted) => this.#asked.began(wanted),
      sent: (bytes, { nodeId, address }) => {
        this.traffic.up(bytes, parseAddress(address)?.host ?? '');
        if (nodeId !== undefined) this.#credits.sent(nodeId, bytes);
      },
      queueStore: new UploadQueueStore(ports.database),
      sources: async (hash) => this.downloads.activeSources(hash),
      isUnnamed: (hash, { node, address }) =>
        isBlocked(hash) || shut({ nodeId: node, hosts: [parseAddress(address)?.host ?? ''] }) !== undefined,
      given: (hash, node) => this.downloads.bytesFrom(hash, node),
      met: (hash, { nodeId, address }) =>
        this.downloads.met(hash, { nodeId, addresses: [address], isPartial: true, by: 'itself' }),
      strike: (remote, why) => this.strikes.strike(remote, why),
    });
    this.sharedDownloads = new SharedDownloads({
      ...{ ...ports, settings: options.settings, folder: options.downloadsFolder, library: this.library },
      withdrawUnshared: () => this.content.withdrawUnshared(),
      settingChanged: (change) => events.emit('settings', change),
    });
    this.votes = new Votes({
      ...shared,
      isBlocked,
      store: new VoteStore(ports.database),
      find: (...look) => findVotes(this, ...look),
      strike: (remote, why) => this.strikes.strike(remote, why),
      changed: (opinion) => {
        this.searches.opinionChanged(opinion);
        events.emit('opinion', opinion);
      },
    });
    this.overlay = new Overlay({
      ...{ ...shared, contact: this.dialRules.contact },
      votes: this.votes,
      self: ports.identity.nodeId,
      listen: listening,
      store: new HostCacheStore(ports.database),
      library: shown,
      uptimeStore: new UptimeStore(ports.database),
      bestRates: () => this.traffic.best(),
      load: () => this.content.load(),
      onLoad: (listener) => this.content.onChange(listener),
      search: lateSearch(() => handler),
      strike: (remote, why) => this.strikes.strike(remote, why),
      forgive: (target) => this.dialRules.forgive(target),
      worldsChanged: (view) => events.emit('worlds', view),
      bootstrap: { user: options.bootstrap, builtIn: options.builtIn },
    });
    lateOverlay.now = this.overlay;
    const { network } = this.overlay;
    const vetting = new Vetting({ ...shared, network, falseHits });
    this.#vetAhead = new VetAhead({ ...shared, network, vetting });
    this.queries = new QueryService({
      ...{ ...shared, isBlocked },
      network,
      isStruck,
      ask: vetting.ask.bind(vetting),
      check: vetting.check.bind(vetting),
      votes: this.votes,
    });
    this.#foundTypes = new FoundTypes({
      ...shared,
      reader: ports.descriptors,
      store: new ContentTypeStore(ports.database),
    });
    this.judge = new Judge({
      ...shared,
      self: ports.identity.nodeId,
      store: new SearchMemoryStore(ports.database),
      opinion: (file) => this.votes.opinion(file),
      foundType: (file) => this.#foundTypes.of(file),
    });
    this.searches = new Searches({
      ...shared,
      network,
      queryText,
      ownService: this.queries,
      falseHits,
      judge: this.judge,
      allowed: (hit) => this.blocks.allowed(hit),
      emit: (name, event) => events.emit(name, event),
    });
    this.saved = new SavedSearches({
      ...shared,
      store: stores.saved,
      check: queryText.terms,
      search: (words, signal) => this.searches.collect(words, signal),
      found: (event) => events.emit('saved.found', event),
    });
    const handler = searchHandler(this.queries, this.searches);
    this.history = new HistoryStore(ports.database);
    this.#ways = new SourceWays({ ...shared, calls: this.overlay.calls, isShut: () => !this.overlay.mayBeReached });
    this.webSeeds = new WebSeeds({
      ...shared,
      web: new CountingWebClient(ports.web, count),
      isBlocked: (peer) => this.blocks.blocksPeer(peer),
    });
    this.downloads = new Downloads({
      ...shared,
      dialler: this.#ways,
      webSeeds: this.webSeeds,
      store: stores.downloads,
      contents: this.#foundTypes,
      trust: (address) => this.dialRules.trustAddress(address),
      forgive: (target) => this.dialRules.forgive(target),
      findSources: this.#findSources(),
      // One header for all sources: where most of them are, outside.
      swarmPort: () =>
        settings()['downloads.share'] && this.overlay.mayBeReached ? this.overlay.portTowards('') : undefined,
      partGrew: (hash) => this.content.partGrew(hash),
      strike: (node, why) => this.#strike(node, why),
      blockedBy: (file) => this.blocks.ruleOfFile(file),
      received: (node, bytes) => this.#credits.received(node, bytes),
      judge: ({ outcome, namers, isFirst }) => {
        for (const supernode of namers) falseHits.report(supernode, outcome);
        if (isFirst) this.searches.tried(outcome);
      },
      finished: async (file) => {
        if (await this.sharedDownloads.share()) await this.library.adopt(file);
      },
      folder: () => this.sharedDownloads.folder,
      announce: {
        progress: (view) => events.emit('download.progress', view),
        done: (id, path) => events.emit('download.done', { id, path }),
        failed: (id, code) => events.emit('download.failed', { id, code }),
      },
    });
    this.media = new MediaShelf({
      clock: ports.clock,
      reader: ports.descriptors,
      downloads: this.downloads,
      library: this.library,
    });
  }

  async start(): Promise<void> {
    const { library, overlay, content, downloads } = this;
    library.onScanned((totals) => this.#events.emit('library', totals));
    library.progress.onChange((progress) => this.#events.emit('library.progress', progress));
    overlay.onRole((role) => {
      this.searches.serverChanged();
      this.#vetAhead.roleChanged(role);
      this.#events.emit('role', { role });
    });
    overlay.onParentView((parent) => this.#events.emit('parent', parent ?? { node: null, address: null, rttMs: null }));
    const { logger, database, identity } = this.#ports;
    if (await new IdentityStore(database).adopt(identity.nodeId))
      logger.warn('this peer has another key than before: what it told others of files, and all credit, is gone');
    await this.blocks.start();
    await this.strikes.start();
    await this.#credits.start();
    await this.votes.start();
    await this.judge.start();
    this.votes.onVerdict(({ verdict, ...file }) => this.judge.said(file, verdict));
    await this.#foundTypes.start();
    await content.start();
    for (const path of this.#options.shares) await library.addFolder(path, { kept: false });
    await this.sharedDownloads.share();
    await library.start();
    await overlay.start();
    await downloads.start();
    await this.shortenHistory();
    await this.saved.start();
    this.limits.start();
    this.#startCopy();
  }

  async stop(): Promise<void> {
    this.limits.stop();
    await this.media.stop();
    await this.saved.stop();
    await this.downloads.stop();
    this.#ways.stop();
    this.searches.close();
    await this.judge.stop();
    this.#vetAhead.stop();
    this.queries.stop();
    await this.overlay.stop();
    await this.votes.stop();
    await this.content.stop();
    await this.#asked.stop();
    await this.#credits.stop();
    await this.strikes.stop();
    await this.library.stop();
  }

  /** To what the setting allows; a disk that takes nothing now is no reason to fail, for the next entry shortens it too. */
  async shortenHistory(): Promise<void> {
    await this.history
      .prune(this.#options.settings.get()['download.history'])
      .catch((error: unknown) => this.#ports.logger.warn('the history was not shortened', { error }));
  }

  #strike(nodeId: NodeId, why: string): void {
    // Named by its key alone: no address is to blame.
    this.strikes.strike({ nodeId, address: NO_ADDRESS }, why);
  }

  #findSources(): FindSources {
    return ({ hash, size: known }, found, signal) =>
      this.searches.findSources(
        { hash, size: known, votes: known === undefined ? undefined : this.votes.beside({ hash, size: known }) },
        ({ size, name, sources, namedBy }) => {
          for (const { nodeId, addresses, reachable, through } of sources) {
            const [address] = addresses;
            // One that nobody can dial is not called for this.
            if (address && reachable !== false) this.votes.heard({ hash, size }, { nodeId, address });
            if (nodeId === this.#ports.identity.nodeId) continue;
            found({ nodeId, addresses, reachable, through, size, name, namedBy });
          }
        },
        signal,
      );
  }
}
