import { formatAddress } from '../../src-main/contract/address.ts';
import { AppError } from '../../src-main/contract/errors.ts';
import type { ContentHash, DownloadId, NodeId } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import type { DownloadView } from '../../src-main/contract/transfer.ts';
import { TreeHasher } from '../../src-main/engine/content/tree-hasher.ts';
import type { FinishedFile } from '../../src-main/engine/download/download-deps.ts';
import { Downloads } from '../../src-main/engine/download/downloads.ts';
import type { FoundSource } from '../../src-main/engine/download/source.ts';
import { WebSeeds } from '../../src-main/engine/download/web-seeds.ts';
import type { SourceWaysDeps } from '../../src-main/engine/nat/source-ways.ts';
import { SourceWays } from '../../src-main/engine/nat/source-ways.ts';
import type { CalledConnection, LinkHandler } from '../../src-main/engine/ports/index.ts';
import type { Approached, Shut, WhyShut } from '../../src-main/engine/shut-out.ts';
import { ContentTypeStore } from '../../src-main/engine/store/content-type-store.ts';
import { DownloadStore } from '../../src-main/engine/store/download-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { Troubles } from '../../src-main/engine/troubles.ts';
import { FoundTypes } from '../../src-main/engine/trust/found-types.ts';
import { whyShut } from '../../src-main/engine/trust/why-shut.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryHasher } from '../../src-main/simulator/memory-hasher.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualNetwork, type VirtualPeer } from '../../src-main/simulator/memory-network.ts';
import { MemoryWeb } from '../../src-main/simulator/memory-web.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { Mortal } from './mortal.ts';
import { type ScriptedFile, ScriptedSource } from './scripted-source.ts';
import { seededBytes, sha256, sha256Into } from './sha256.ts';

export const FOLDER = '/downloads';
export const HOST = '10.0.0.1';

export const makeFile = (size: number, seed = 7): ScriptedFile => toFile(seededBytes(size, seed));

export function toFile(bytes: Uint8Array): ScriptedFile {
  const hasher = new TreeHasher(sha256Into);
  hasher.update(bytes);
  const hashed = hasher.finish();
  if (!hashed) throw new Error('an empty file has no hash');
  return { hash: hashed.hash, bytes, chunkLayer: hashed.chunkLayer };
}

/** One downloader and scripted sources on a virtual network; `restart` is what a kill and a new start leave of it. */
export class DownloadWorld {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: VirtualNetwork;
  readonly web: MemoryWeb;
  readonly files: MemoryFileSystem;
  readonly database = new MemoryDatabase();
  readonly logger = new MemoryLogger();
  readonly troubles = new Troubles(this);
  readonly trusted: string[] = [];
  readonly forgiven: string[] = [];
  readonly strikes: NodeId[] = [];
  /** Verified bytes, by who sent them. */
  readonly received = new Map<NodeId, number>();
  readonly judged: { supernode: NodeId; outcome: 'good' | 'false' }[] = [];
  /** What became of each source that a supernode had named. */
  readonly tried: ('good' | 'false')[] = [];
  readonly finished: FinishedFile[] = [];
  /** What is done with a finished file when it is told. */
  adopt: (file: FinishedFile) => Promise<void> = async () => {};
  readonly events: string[] = [];
  readonly reports: DownloadView[] = [];
  /** What a search by hash finds. */
  findable: readonly FoundSource[] = [];
  /** Searches by hash that began. */
  searches = 0;
  /** Who was called, in order. */
  readonly called: NodeId[] = [];
  settings: Settings = DEFAULT_SETTINGS;
  readonly blockedHosts = new Set<string>();
  /** Rules by what they hold of: a ContentHash, a name or a NodeId. `applyRules` tells of a change. */
  readonly rules = new Map<string, string>();
  readonly banned = new Map<NodeId, number>();
  /** Nobody can be called, unless a test says otherwise. */
  calls: SourceWaysDeps['calls'] = {
    canCall: () => false,
    canPunch: () => false,
    open: () => Promise.reject(new Error('nobody can be called')),
    punch: () => Promise.reject(new Error('nobody can be called')),
    relay: () => Promise.reject(new Error('nobody can be called')),
  };
  downloads!: Downloads;
  webSeeds!: WebSeeds;
  foundTypes!: FoundTypes;
  #peer!: VirtualPeer;
  #life = new Mortal();
  #sources = 0;

  private constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.network = new VirtualNetwork({ clock: this.clock, random: this.random });
    this.files = new MemoryFileSystem({ clock: this.clock });
    this.web = new MemoryWeb({ clock: this.clock, latencyMs: 5, bytesPerSecond: 10 * 2 ** 20 });
  }

  static async start(seed = 1): Promise<DownloadWorld> {
    const world = new DownloadWorld(seed);
    await world.files.makeFolder(FOLDER);
    await migrate(world.database, { migrations: MIGRATIONS, path: 'memory' });
    await world.#startDownloads();
    return world;
  }

  /** From now on whoever is known by a supernode can be called, as long as it is one of these. */
  answerCalls(sources: readonly ScriptedSource[]): void {
    const address = { host: HOST, port: 1214 };
    this.calls = {
      ...this.calls,
      relay: ({ nodeId }) => Promise.reject(new AppError('peer.unreachable', { address: nodeId, why: 'no relay' })),
      canCall: ({ through }) => through !== undefined,
      open: async ({ nodeId }) => {
        this.called.push(nodeId);
        const source = sources.find(({ peer }) => peer.nodeId === nodeId);
        if (!source) throw new AppError('peer.unreachable', { address: nodeId, why: 'it is not there to be called' });
        const { promise, resolve } = Promise.withResolvers<CalledConnection>();
        const waiting: LinkHandler = {
          ...{ accepts: () => true, misbehaved: () => {}, session: () => {}, reversed: () => resolve },
          request: async () => ({ status: 404 }),
        };
        const listening = await this.#peer.links.listen(address, waiting);
        await source.peer.links.reverse({ nodeId: this.#peer.nodeId, address }, 'token');
        await listening.close();
        return promise;
      },
    };
  }

  set(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
  }

  async source(file: ScriptedFile, bytesPerSecond?: number): Promise<ScriptedSource> {
    this.#sources++;
    const host = `10.0.1.${this.#sources}`;
    const nodeId = this.#sources.toString(16).padStart(64, 'a') as NodeId;
    const source = await ScriptedSource.join(this.network, host, nodeId, file);
    this.network.setLink(HOST, host, { latencyMs: 5, ...(bytesPerSecond ? { bytesPerSecond } : {}) });
    return source;
  }

  /** What a kill -9 does: nothing more happens in the old life, and the new one finds the disk and the database as they are. */
  async kill(): Promise<void> {
    this.network.kill(this.#peer);
    this.#life.end();
    await this.#startDownloads();
  }

  /** A kill before the call to the disk or the database that follows so many more; resolves then. `kill` is what comes after. */
  dieAfter(calls: number): Promise<void> {
    return this.#life.endAfter(calls);
  }

  view(id: DownloadId): DownloadView {
    const view = this.downloads.list().find((download) => download.id === id);
    if (!view) throw new Error(`no download ${id}`);
    return view;
  }

  /** Virtual ms until the download is in that state. */
  until(id: DownloadId, state: DownloadView['state'], maxMs = 120_000): Promise<number> {
    return this.clock.runUntil(() => this.view(id).state === state, maxMs);
  }

  async content(path: string): Promise<Uint8Array> {
    return (await this.files.readSmall(path, 2 ** 30)) ?? new Uint8Array(0);
  }

  add(file: ScriptedFile, sources: readonly ScriptedSource[], more: object = {}): Promise<DownloadId> {
    return this.downloads.add({
      hash: file.hash,
      size: file.bytes.length,
      name: 'file.bin',
      sources: sources.map((source) => source.found),
      ...more,
    });
  }

  /** As the engine does after a change of the block list, or of the bans. */
  applyRules(): void {
    this.webSeeds.partFrom((host) => this.blockedHosts.has(host));
    this.downloads.shutOutChanged();
  }

  #whyShut(peer: Approached): Shut | undefined {
    const ruleOfPeer = ({ nodeId = '', host }: { readonly nodeId?: string | undefined; readonly host: string }) =>
      this.rules.get(nodeId) ?? (this.blockedHosts.has(host) ? `address:${host}` : undefined);
    const banEndMs = ({ nodeId }: Approached) => {
      const untilMs = nodeId === undefined ? 0 : (this.banned.get(nodeId) ?? 0);
      return untilMs > this.clock.monotonicMs() ? untilMs : undefined;
    };
    const blocks = { size: this.rules.size + this.blockedHosts.size, ruleOfPeer };
    return whyShut({ blocks, strikes: { banEndMs } }, peer);
  }

  async #startDownloads(): Promise<void> {
    this.#peer = this.network.join(HOST, 'b'.repeat(64) as NodeId);
    this.#life = new Mortal();
    const files = this.#life.bind(this.files);
    const database = this.#life.bind(this.database);
    this.foundTypes = new FoundTypes({
      reader: new MemoryDescriptorReader({ files }),
      store: new ContentTypeStore(database),
      logger: this.logger,
    });
    await this.foundTypes.start();
    const shut: WhyShut = (peer) => this.#whyShut(peer);
    this.webSeeds = new WebSeeds({
      ...{ web: this.web, clock: this.clock, settings: () => this.settings },
      isBlocked: ({ host }) => this.blockedHosts.has(host),
    });
    this.downloads = new Downloads({
      clock: this.clock,
      random: this.random,
      logger: this.logger,
      troubles: this.troubles,
      settings: () => this.settings,
      files,
      hasher: new MemoryHasher({ files, sha256 }),
      links: this.#peer.links,
      dialler: new SourceWays({
        clock: this.clock,
        settings: () => this.settings,
        links: this.#peer.links,
        content: this.#peer.contentClient,
        calls: {
          canCall: (peer) => this.calls.canCall(peer),
          canPunch: (peer) => this.calls.canPunch(peer),
          open: (peer, signal) => this.calls.open(peer, signal),
          punch: (peer, signal) => this.calls.punch(peer, signal),
          relay: (peer, signal) => this.calls.relay(peer, signal),
        },
        isShut: () => false,
        whyShut: shut,
      }),
      webSeeds: this.webSeeds,
      store: new DownloadStore(database),
      contents: this.foundTypes,
      findSources: async (_file: { hash: ContentHash }, found) => {
        this.searches++;
        for (const source of this.findable) found(source);
      },
      swarmPort: () => undefined,
      partGrew: () => {},
      blockedBy: ({ hash = '', name }) => this.rules.get(hash) ?? this.rules.get(name),
      whyShut: shut,
      trust: (address) => this.trusted.push(formatAddress(address)),
      forgive: ({ address }) => this.forgiven.push(formatAddress(address)),
      strike: (node) => this.strikes.push(node),
      judge: ({ outcome, namers, isFirst }) => {
        for (const supernode of namers) this.judged.push({ supernode, outcome });
        if (isFirst) this.tried.push(outcome);
      },
      received: (node, bytes) => this.received.set(node, (this.received.get(node) ?? 0) + bytes),
      finished: async (file) => {
        this.finished.push(file);
        await this.adopt(file);
      },
      folder: () => FOLDER,
      announce: {
        progress: (view) => {
          this.events.push(view.state);
          this.reports.push(view);
        },
        done: (id) => this.events.push(`done ${id}`),
        failed: (id, code) => this.events.push(`failed ${id} ${code}`),
      },
    });
    await this.downloads.start();
  }
}
