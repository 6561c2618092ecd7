import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { ByteRange } from '../../contract/content-range.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import type { Clock, IncomingRequest } from '../ports/index.ts';
import { setLast } from '../set-last.ts';
import { readSwarmPort, SWARM_HEADER } from '../wire/swarm-port.ts';
import { askerOf } from './asker.ts';
import type { ContentSource } from './content-source.ts';
import { Swarm } from './swarm.ts';

/** Contents that several peers fetch at once; the one that was asked for longest ago is forgotten first. */
const MAX_SWARMS = 1000;
/** Members are named to others for as long as any source is (protocol section 5). */
const NAMED_MS = 3_600_000;

/** Who has just finished a file goes on to swap with those who have not, or the last ones would stand in line for what they were sent before. */
const SWAPS_AFTER_MS = 300_000;

/** Told of each request of a peer that passes on what it has of a file. */
export type Met = (hash: ContentHash, peer: { readonly nodeId: NodeId; readonly address: PeerAddress }) => void;
type Asking = Pick<IncomingRequest, 'remote' | 'headers'>;
type File = { readonly hash: ContentHash; readonly size: number };

/** The peers that fetch from this one and pass on what they have, by content. */
export class Swarms {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #met: Met;
  readonly #swarms = new Map<string, Swarm>();
  #turns = 0;
  readonly #waiting = new Map<ContentHash, Set<() => void>>();

  constructor({ clock, met }: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly met: Met }) {
    this.#clock = clock;
    this.#met = met;
  }

  /**
   * Takes in what a request says of its sender: `X-Swarm: port=1214`. The port counts for the address alone that it came from: one that was met
   * at a relay has none, and nobody is told of it.
   */
  heard(file: File, { remote, headers }: Asking): void {
    const port = readSwarmPort(headers[SWARM_HEADER]);
    if (remote.nodeId === undefined || port === undefined) return;
    const swarm = this.#get(file) ?? new Swarm(file.size);
    setLast(this.#swarms, [keyOf(file), swarm], MAX_SWARMS);
    const address = { host: remote.address.host, port };
    const { block } = askerOf(remote);
    swarm.join(remote.nodeId, { address, block }, this.#clock.monotonicMs());
    if (address.host !== '') this.#met(file.hash, { nodeId: remote.nodeId, address });
  }

  /** The member that a request comes from, if its sender passes on what it has. */
  memberOf(file: File, { remote, headers }: Asking): NodeId | undefined {
    const isSwarming = readSwarmPort(headers[SWARM_HEADER]) !== undefined;
    return isSwarming && this.#get(file)?.has(remote.nodeId) ? remote.nodeId : undefined;
  }

  /** This peer serves the file while it is still loading it. */
  servedPart(file: File): void {
    const swarm = this.#get(file);
    if (swarm) swarm.partMs = this.#clock.monotonicMs();
  }

  /** Whether this peer loads the file too, or did until a moment ago: it swaps chunks with members, outside slots. */
  swaps(file: File): boolean {
    return this.#clock.monotonicMs() - (this.#get(file)?.partMs ?? Number.NEGATIVE_INFINITY) <= SWAPS_AFTER_MS;
  }

  /** The chunks of a whole file that this peer would send to a member now; undefined: any. */
  offered(file: File, nodeId: NodeId): ChunkMap | undefined {
    return this.#get(file)?.offered(nodeId, this.#clock.monotonicMs());
  }

  /** Bytes are being sent to a member; gives the function to call at the end, with the first byte that was not sent. */
  sending(file: File, nodeId: NodeId, range: ByteRange): (sentTo: number) => void {
    const ended = this.#get(file)?.sending(nodeId, range);
    this.news(file.hash);
    return (sentTo) => {
      ended?.(sentTo, this.#clock.monotonicMs());
      this.news(file.hash);
    };
  }

  /** Members that others may ask, from another one on each time: none of them may have all the others sent to it alone. */
  sources(hash: ContentHash): readonly ContentSource[] {
    const nowMs = this.#clock.monotonicMs();
    const members = [...this.#swarms].flatMap(([key, swarm]) => (key.startsWith(hash) ? [...swarm.members] : []));
    const named = members.filter(({ seenMs, address }) => nowMs - seenMs <= NAMED_MS && address.host !== '');
    const from = named.length === 0 ? 0 : this.#turns++ % named.length;
    return [...named.slice(from), ...named.slice(0, from)].map(({ nodeId, address }) => ({
      node: nodeId,
      address: formatAddress(address),
      complete: false,
    }));
  }

  /** Other chunks of a content may be had than before. */
  news(hash: ContentHash): void {
    for (const wake of this.#waiting.get(hash) ?? []) wake();
  }

  /** Calls `wake` at news of a content, until the returned function is called. */
  onNews(hash: ContentHash, wake: () => void): () => void {
    const waiting = this.#waiting.get(hash) ?? new Set();
    this.#waiting.set(hash, waiting.add(wake));
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(hash) === waiting) this.#waiting.delete(hash);
    };
  }

  #get(file: File): Swarm | undefined {
    return this.#swarms.get(keyOf(file));
  }
}

/** A file is named by hash and size (protocol section 6). */
const keyOf = ({ hash, size }: File): string => `${hash}/${size}`;
