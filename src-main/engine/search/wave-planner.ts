import { formatAddress } from '../../contract/address.ts';
import { isPrivateHost, narrowBlock, wideBlock } from '../../contract/address-block.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import { nodePrefix } from './node-prefix.ts';
import type { AskTarget } from './search-network.ts';

/**
 * How many supernodes a wave asks: `first`, then `next`, then twice that while nothing was found (who asked n in vain has to expect n
 * more), else by need within `min` to `max`. Large waves are sent in three parts, each of at most 24 (protocol section 8), so that what is
 * found early costs little.
 */
export type WaveSizes = { readonly first: number; readonly next: number; readonly min: number; readonly max: number };

/** With ten holders among a hundred supernodes 95 % of the searches end in the second wave (docs/scale.md). */
export const WORD_WAVES: WaveSizes = { first: 8, next: 32, min: 3, max: 24 };
/** A query by hash has smaller waves: half of the above, since any holder will do and more are asked for every few minutes. */
export const HASH_WAVES: WaveSizes = { first: 4, next: 16, min: 2, max: 12 };

/** Of the up to 8 supernodes that an answer names, this many of one namer are used: nobody steers a search alone. */
const USED_PER_NAMER = 4;
/** Asked at most of one /24 (/48) in one search. */
const PER_SMALL_BLOCK = 2;
/** Asked at most of one /16 (/32) in one search. */
const PER_LARGE_BLOCK = 8;
/** Named supernodes waiting to be asked: more than one search may ask. */
const MAX_NAMED = 2000;

export type WaveNeed = {
  /** Results still wanted. */
  readonly wanted: number;
  /** Supernodes asked so far, and the results that they brought. */
  readonly asked: number;
  readonly results: number;
};

/** How many supernodes the next wave asks. */
export function waveSize(sizes: WaveSizes, { wanted, asked, results }: WaveNeed): number {
  if (asked === 0) return sizes.first;
  if (results === 0) return asked < sizes.first + sizes.next ? sizes.next : 2 * sizes.next;
  const needed = Math.ceil((wanted * asked) / results);
  return Math.min(sizes.max, Math.max(sizes.min, needed));
}

/** Chooses whom a search asks next, and never anybody twice. */
export class WavePlanner {
  /** 6-byte prefixes: all that is known of those that an earlier parent asked. */
  readonly #askedNodes: Set<string>;
  readonly #askedAddresses = new Set<string>();
  readonly #askedInBlock = new Map<string, number>();
  readonly #usedOfNamer = new Map<NodeId, number>();
  readonly #named = new Map<NodeId, SupernodeEntry>();
  /** These are not asked. */
  readonly #isStruck: (supernode: NodeId) => boolean;

  constructor(
    self: NodeId,
    askedBefore: readonly string[] = [],
    isStruck: (supernode: NodeId) => boolean = () => false,
  ) {
    this.#isStruck = isStruck;
    this.#askedNodes = new Set([...askedBefore, nodePrefix(self)]);
  }

  /** Counts those of these prefixes as asked. */
  skip(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#askedNodes.add(prefix);
  }

  /** Takes note of the supernodes that an answer named. */
  name(namer: NodeId, entries: readonly SupernodeEntry[]): void {
    let used = this.#usedOfNamer.get(namer) ?? 0;
    for (const entry of entries) {
      if (used >= USED_PER_NAMER || this.#named.size >= MAX_NAMED) break;
      if (this.#named.has(entry.nodeId) || this.#wasAsked(entry)) continue;
      this.#named.set(entry.nodeId, entry);
      used++;
    }
    this.#usedOfNamer.set(namer, used);
  }

  /** The next batch of at most `size`, taken as asked: those with a session, then named ones, then others that are known. */
  next(known: readonly AskTarget[], size: number): readonly AskTarget[] {
    const named = [...this.#named.values()].map((entry) => ({ entry, session: false, rttMs: undefined }));
    const order = [...known.filter(({ session }) => session), ...named, ...known.filter(({ session }) => !session)];
    const batch: AskTarget[] = [];
    for (const target of order) {
      if (batch.length >= size) break;
      if (this.#take(target.entry)) batch.push(target);
    }
    return batch;
  }

  #take(entry: SupernodeEntry): boolean {
    this.#named.delete(entry.nodeId);
    if (this.#wasAsked(entry) || this.#isStruck(entry.nodeId)) return false;
    if (!this.#takeBlocks(entry.address.host)) return false;
    this.#askedNodes.add(nodePrefix(entry.nodeId));
    this.#askedAddresses.add(addressKey(entry));
    return true;
  }

  /** Private and loopback ranges have no limit: they are one network. */
  #takeBlocks(host: string): boolean {
    if (isPrivateHost(host)) return true;
    const [small, large] = [`small ${narrowBlock(host)}`, `large ${wideBlock(host)}`];
    const inSmall = this.#askedInBlock.get(small) ?? 0;
    const inLarge = this.#askedInBlock.get(large) ?? 0;
    if (inSmall >= PER_SMALL_BLOCK || inLarge >= PER_LARGE_BLOCK) return false;
    this.#askedInBlock.set(small, inSmall + 1);
    this.#askedInBlock.set(large, inLarge + 1);
    return true;
  }

  #wasAsked(entry: SupernodeEntry): boolean {
    return this.#askedNodes.has(nodePrefix(entry.nodeId)) || this.#askedAddresses.has(addressKey(entry));
  }
}

const addressKey = ({ address }: SupernodeEntry) => formatAddress({ ...address, host: address.host.toLowerCase() });
