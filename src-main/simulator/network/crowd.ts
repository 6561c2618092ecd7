import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Random } from '../../engine/ports/index.ts';
import type { SimPeer } from './sim-peer.ts';

const NOBODY: ReadonlySet<SimPeer> = new Set();
/** Draws before it is taken that nobody fits: where one in a hundred does, one search in 20,000 is left out. */
const DRAWS = 1000;

/** Those who are there now, and who of them holds what. */
export class Crowd implements Iterable<SimPeer> {
  readonly #places = new Map<SimPeer, number>();
  readonly #peers: SimPeer[] = [];
  readonly #holders = new Map<ContentHash, Set<SimPeer>>();

  [Symbol.iterator](): Iterator<SimPeer> {
    return this.#peers[Symbol.iterator]();
  }

  add(peer: SimPeer): void {
    if (this.#places.has(peer)) return;
    this.#places.set(peer, this.#peers.push(peer) - 1);
    for (const file of peer.files) this.shares(peer, file);
  }

  /** One that is there has this file too. */
  shares(peer: SimPeer, { hash }: Descriptor): void {
    const holders = this.#holders.get(hash);
    if (holders) holders.add(peer);
    else this.#holders.set(hash, new Set([peer]));
  }

  unshares(peer: SimPeer, { hash }: Descriptor): void {
    this.#holders.get(hash)?.delete(peer);
  }

  delete(peer: SimPeer): void {
    const place = this.#places.get(peer);
    const last = this.#peers.at(-1);
    if (place === undefined || last === undefined) return;
    this.#peers[place] = last;
    this.#places.set(last, place);
    this.#places.delete(peer);
    this.#peers.pop();
    for (const { hash } of peer.files) this.#holders.get(hash)?.delete(peer);
  }

  holders(hash: ContentHash): ReadonlySet<SimPeer> {
    return this.#holders.get(hash) ?? NOBODY;
  }

  /** One at random that fits. */
  draw(random: Random, isFine: (peer: SimPeer) => boolean): SimPeer | undefined {
    for (let drawn = 0; drawn < DRAWS && this.#peers.length > 0; drawn++) {
      const peer = this.#peers[random.int(this.#peers.length)];
      if (peer?.peer && isFine(peer)) return peer;
    }
    return undefined;
  }
}
