import type { PeerTarget } from '../../contract/address.ts';
import type { EventName, Events } from '../../contract/api.ts';
import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contract/settings.ts';
import { NetworkPeer, type NetworkPeerPorts } from '../../engine/engine.ts';
import type { Clock, LinkHandler, Links, Logger, Random } from '../../engine/ports/index.ts';
import { nodeSha256 } from '../../platform/node-sha256.ts';
import { MemoryMachine } from '../memory-machine.ts';
import type { VirtualNetwork, VirtualPeer } from '../memory-network.ts';
import { maskedHandler, maskedLinks } from './hostile/disguise.ts';
import type { Mask } from './hostile/mask.ts';
import type { Place } from './places.ts';
import { WordIndex } from './word-index.ts';

export type SimWorld = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly network: VirtualNetwork;
  /** Addresses that a peer is given when it comes. */
  readonly bootstrap: () => readonly PeerTarget[];
  readonly settings: Partial<Settings>;
  readonly emit: <N extends EventName>(peer: SimPeer, name: N, event: Events[N]) => void;
};

type Stored = Awaited<ReturnType<NetworkPeerPorts['store']['all']>>[number];

export const PORT = 1214;
const CONTENT = /^\/content\/([0-9a-f]{64})$/;

/** Someone who comes and goes, with the same key, the same files and what was remembered. */
export class SimPeer {
  readonly nodeId: NodeId;
  readonly place: Place;
  /** What a hostile peer makes of what it would say and hear; undefined for an honest one. */
  readonly mask: Mask | undefined;
  readonly #files: Descriptor[];
  readonly #shared = new Set<() => void>();
  readonly #index = new WordIndex();
  readonly #world: SimWorld;
  readonly #remembered = new Map<NodeId, Stored>();
  readonly #uptimes: { run: number; upMs: number }[];
  readonly #votes: NetworkPeerPorts['votes'];
  #searchMemory: string | undefined;
  #settings: Settings;
  #peer: NetworkPeer | undefined;
  #virtual: VirtualPeer | undefined;

  /** `averageUpMs`: of its runs before the simulation began. */
  constructor(
    world: SimWorld,
    who: Pick<SimPeer, 'nodeId' | 'place' | 'files' | 'mask'> & Pick<NetworkPeerPorts, 'votes'>,
    averageUpMs: number,
  ) {
    this.#world = world;
    this.nodeId = who.nodeId;
    this.place = who.place;
    this.#files = [...who.files];
    this.mask = who.mask;
    this.#votes = who.votes;
    this.#uptimes = [{ run: 1, upMs: averageUpMs }];
    this.#settings = { ...DEFAULT_SETTINGS, ...world.settings };
  }

  get target(): PeerTarget {
    return { nodeId: this.nodeId, address: { host: this.place.host, port: PORT } };
  }

  /** The running program; undefined while it is away. */
  get peer(): NetworkPeer | undefined {
    return this.#peer;
  }

  /** In order of hash. */
  get files(): readonly Descriptor[] {
    return this.#files;
  }

  /** Shares one more from now on. */
  share(file: Descriptor): void {
    this.#files.push(file);
    this.#files.sort((a, b) => (a.hash < b.hash ? -1 : 1));
    for (const listener of this.#shared) listener();
  }

  /** Shares it no more. */
  unshare({ hash }: Descriptor): void {
    const at = this.#files.findIndex((file) => file.hash === hash);
    if (at >= 0) this.#files.splice(at, 1);
    for (const listener of this.#shared) listener();
  }

  /** Whether it, as a supernode, holds rows of a leaf. */
  holdsRowsOf(leaf: NodeId): boolean {
    return this.#index.holds(leaf);
  }

  set(changes: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...changes };
    this.#peer?.settingsChanged();
  }

  async start(): Promise<void> {
    const { network, emit, bootstrap } = this.#world;
    const virtual = network.join(this.place.host, this.nodeId);
    const peer = new NetworkPeer(this.#ports(virtual), {
      nodeId: this.nodeId,
      listen: { host: this.place.host, port: PORT },
      settings: () => this.#settings,
      library: this.#library(),
      bootstrap: bootstrap().filter(({ nodeId }) => nodeId !== this.nodeId),
      bestRates: () => this.place.line,
      emit: (name, event) => emit(this, name, event),
    });
    await virtual.links.listen({ host: this.place.host, port: PORT }, this.#handler(peer));
    this.#virtual = virtual;
    this.#peer = peer;
    await peer.start();
  }

  /** Takes leave. */
  async leave(): Promise<void> {
    await this.#end((virtual) => this.#world.network.kill(virtual));
  }

  /** Its program is gone: its system closes the connections, or nobody does. */
  die(how: 'noticed' | 'silently'): Promise<void> {
    const { network } = this.#world;
    if (this.#virtual) network[how === 'silently' ? 'vanish' : 'kill'](this.#virtual);
    return this.#end(() => undefined);
  }

  async #end(finish: (virtual: VirtualPeer) => void): Promise<void> {
    const [peer, virtual] = [this.#peer, this.#virtual];
    this.#peer = undefined;
    this.#virtual = undefined;
    await peer?.stop();
    if (virtual) finish(virtual);
  }

  /** Files are there to be asked for; nothing is sent of them. */
  #handler({ handler }: NetworkPeer): LinkHandler {
    const withFiles: LinkHandler = {
      request: async (request) => {
        const hash = CONTENT.exec(request.path)?.[1];
        if (hash === undefined) return handler.request(request);
        return { status: this.files.some((file) => file.hash === hash) ? 200 : 404 };
      },
      session: (link) => handler.session(link),
      accepts: (remote) => handler.accepts(remote),
      misbehaved: (remote, why) => handler.misbehaved(remote, why),
    };
    return this.mask ? maskedHandler(withFiles, this.mask) : withFiles;
  }

  #ports(virtual: VirtualPeer): NetworkPeerPorts {
    const { clock, random, logger } = this.#world;
    const links: Links = this.mask ? maskedLinks(virtual.links, this.mask) : virtual.links;
    return {
      ...{ clock, random, logger, links, index: this.#index, sha256: nodeSha256, machine: new MemoryMachine() },
      searchMemory: {
        load: async () => this.#searchMemory,
        save: async (text) => {
          this.#searchMemory = text;
        },
      },
      ...(this.#votes ? { votes: this.#votes } : {}),
      // What a batch weighs on the line does not matter here, and packing costs more than all the rest.
      gzip: async (bytes) => bytes,
      store: {
        all: async () => [...this.#remembered.values()],
        save: async (changed, removed) => {
          for (const nodeId of removed) this.#remembered.delete(nodeId);
          for (const one of changed) this.#remembered.set(one.nodeId, one);
        },
      },
      uptimeStore: {
        all: async () => this.#uptimes.toReversed(),
        save: async (run, upMs) => {
          const at = this.#uptimes.findIndex((one) => one.run === run);
          this.#uptimes.splice(at < 0 ? this.#uptimes.length : at, 1, { run, upMs });
        },
      },
    };
  }

  #library() {
    return {
      descriptors: async (after: ContentHash | undefined, limit: number) =>
        this.files.filter(({ hash }) => after === undefined || hash > after).slice(0, limit),
      totals: () => ({ files: this.files.length, bytes: this.files.reduce((sum, { size }) => sum + size, 0) }),
      onChange: (listener: () => void) => {
        this.#shared.add(listener);
        return () => this.#shared.delete(listener);
      },
    };
  }
}
