import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { NodeId } from '../../src-main/contract/ids.ts';
import type { Settings } from '../../src-main/contract/settings.ts';
import type { IncomingRequest, OutgoingResponse } from '../../src-main/engine/ports/index.ts';
import type { SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualNetwork } from '../../src-main/simulator/memory-network.ts';
import { Mask, type MaskedLink } from '../../src-main/simulator/network/hostile/mask.ts';
import { SimPeer } from '../../src-main/simulator/network/sim-peer.ts';
import { simVotes } from '../../src-main/simulator/network/sim-votes.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

const LINE = { up: 1e6, down: 1e6 };
/** One way, ms: within a part of the world, and between two. Who is near becomes the parent. */
const NEAR_MS = 5;
const FAR_MS = 60;

/** What a peer hears: from whom, and what. */
export type Heard = { readonly from: NodeId; readonly what: SessionMessage | string };

/** Keeps what a peer hears, and changes what it says as a test wants it. */
export class WatchingMask extends Mask {
  readonly heard: Heard[] = [];
  /** What is said in place of a message. */
  instead: (message: SessionMessage) => SessionMessage = (message) => message;

  override sent(message: SessionMessage): SessionMessage {
    return this.instead(message);
  }

  override received(message: SessionMessage, { remote }: MaskedLink): SessionMessage {
    this.heard.push({ from: remote.nodeId, what: message });
    return message;
  }

  override request({ remote, path }: IncomingRequest): Promise<OutgoingResponse> | undefined {
    if (remote.nodeId !== undefined) this.heard.push({ from: remote.nodeId, what: path });
    return undefined;
  }
}

export type VotingPeer = {
  readonly sim: SimPeer;
  readonly mask: WatchingMask;
  /** Whom it struck, and why. */
  readonly strikes: () => readonly { readonly node: unknown; readonly why: unknown }[];
};

/** Whole overlays, searches and votes on a virtual network; the first number of an address is the part of the world. */
export class VotingNetwork {
  readonly clock = new VirtualClock();
  readonly network: VirtualNetwork;
  readonly #random = new SeededRandom(3);
  readonly #peers: SimPeer[] = [];
  #first: SimPeer | undefined;

  constructor() {
    const partOf = (host: string) => host.slice(0, host.indexOf('.'));
    this.network = new VirtualNetwork({
      ...{ clock: this.clock, random: this.#random },
      link: (from, to) => ({ latencyMs: partOf(from) === partOf(to) ? NEAR_MS : FAR_MS }),
    });
  }

  supernode(host: string, settings: Partial<Settings> = {}): Promise<VotingPeer> {
    return this.#start(host, [], { 'supernode.role': 'always', ...settings });
  }

  /** Starts a leaf, and waits until it has a parent. */
  async leaf(host: string, files: readonly Descriptor[] = []): Promise<VotingPeer> {
    const leaf = await this.#start(host, files, { 'supernode.role': 'never', 'votes.publish': true });
    await this.until(() => leaf.sim.peer?.hasParent === true);
    return leaf;
  }

  async until(isSo: () => boolean, maxMs = 300_000): Promise<void> {
    await this.clock.runUntil(isSo, maxMs);
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) {
      const stopped = peer.leave();
      await this.clock.advance(100);
      await stopped;
    }
  }

  async #start(host: string, files: readonly Descriptor[], settings: Partial<Settings>): Promise<VotingPeer> {
    const mask = new WatchingMask();
    const logger = new MemoryLogger();
    const votes = simVotes(this.#random.bytes(32));
    const world = {
      ...{ clock: this.clock, random: this.#random, logger, network: this.network, settings },
      bootstrap: () => (this.#first ? [this.#first.target] : []),
      emit: () => undefined,
    };
    const place = { host, line: LINE, isShut: false };
    const sim = new SimPeer(world, { nodeId: votes.identity.nodeId, place, files, mask, votes }, 0);
    await sim.start();
    this.#first ??= sim;
    this.#peers.push(sim);
    const strikes = () =>
      logger.lines.flatMap(({ event, fields: { node, why } }) => (event === 'strike' ? [{ node, why }] : []));
    return { sim, mask, strikes };
  }
}
