import type { NodeId } from '../../../contract/ids.ts';
import type { Random } from '../../../engine/ports/index.ts';
import type { SupernodeEntry } from '../../../engine/wire/messages/supernode-entry.ts';
import { PORT, type SimPeer } from '../sim-peer.ts';
import { Dropper } from './dropper.ts';
import { Fence } from './fence.ts';
import { Inventions, type Victim } from './inventions.ts';
import { Inventor } from './inventor.ts';
import { LoadLiar } from './load-liar.ts';
import type { Mask } from './mask.ts';

/** One supernode in five is hostile; the first of them are among the addresses that everybody begins with. */
const EVERY = 5;
const FIRST = 2;
const FENCES = 2;

/** Common words of file names: one who invents only where it knows a word is not caught by nonsense alone. */
const KNOWN = /\b(field|recording|the|live|mp3|flac|remix|video|mp4|photo|album|guide|book|pdf)\b/;
const isPlausible = ({ words, hash }: { words?: string; hash?: string }): boolean =>
  hash !== undefined || KNOWN.test(words ?? '');

/** The people that a band lives among; known only once the network exists. */
export type Surroundings = { readonly random: Random; readonly online: () => readonly SimPeer[] };

/** Hostile supernodes that know each other: two that fence newcomers in, then droppers, inventors and liars about load in equal parts. */
export class Band {
  readonly #surroundings: () => Surroundings;
  #inventions: Inventions | undefined;
  #hostile = 0;

  constructor(surroundings: () => Surroundings) {
    this.#surroundings = surroundings;
  }

  /** The mask of the supernode that was made after so many others; undefined for an honest one. */
  maskOf(made: number): Mask | undefined {
    if (made % EVERY !== FIRST) return undefined;
    const nth = this.#hostile++;
    if (nth < FENCES) return new Fence(() => this.#entries());
    const masks = [
      () => new Dropper(),
      () => new Inventor(this.#invented(), () => this.#honestSupernode()),
      () => new LoadLiar('idle'),
      () => new Dropper(),
      () => new Inventor(this.#invented(), () => this.#honestSupernode(), isPlausible),
      () => new LoadLiar('busy'),
    ];
    return masks[(nth - FENCES) % masks.length]?.();
  }

  #invented(): Inventions {
    this.#inventions ??= new Inventions(this.#surroundings().random, () => this.#victim());
    return this.#inventions;
  }

  #entries(): readonly SupernodeEntry[] {
    const up = this.#peers().filter(({ mask, peer }) => mask && peer);
    return up.map(({ nodeId, place, peer }) => ({
      nodeId,
      address: { host: place.host, port: PORT },
      children: peer?.standing().children ?? 0,
      capacity: 10_000,
      uptimeSeconds: 100_000,
    }));
  }

  #honestSupernode(): NodeId | undefined {
    return this.#pick(({ mask, peer }) => !mask && peer?.role === 'supernode')?.nodeId;
  }

  #victim(): Victim | undefined {
    const peer = this.#pick(({ mask, place }) => !mask && !place.isShut);
    return peer && { nodeId: peer.nodeId, host: peer.place.host };
  }

  #pick(fits: (peer: SimPeer) => boolean): SimPeer | undefined {
    const fitting = this.#peers().filter(fits);
    return fitting.length > 0 ? fitting[this.#surroundings().random.int(fitting.length)] : undefined;
  }

  #peers(): readonly SimPeer[] {
    return this.#surroundings().online();
  }
}
