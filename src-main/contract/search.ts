import type { KnownPeer, PeerAddress } from './address.ts';
import type { Extracted, FileType } from './descriptor.ts';
import type { ContentHash, NodeId } from './ids.ts';
import type { Pollution } from './pollution.ts';

/** Of one query, in UTF-8 (protocol, section 8). */
export const MAX_QUERY_BYTES = 200;

/** One peer that has a file, as a supernode named it. `busy` figures are hearsay of the age of the last `load`. */
export type Source = {
  readonly nodeId: NodeId;
  /** At most 4, in dialling order. */
  readonly addresses: readonly PeerAddress[];
  /** Whether others can connect to it, as it says itself; undefined: not known. */
  readonly reachable?: boolean;
  /** The supernode that passes calls on to it, where that may be needed: its parent. Whoever was answered by that one puts it here. */
  readonly through?: KnownPeer;
  readonly freeSlots?: number;
  readonly queueLength?: number;
  readonly rateBps?: number;
};

/** One (file, source list) pair of an answer: sources of one supernode for one (hash, size). */
export type Hit = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly name: string;
  readonly type: FileType;
  readonly extracted: Extracted;
  readonly sources: readonly Source[];
};

/** All hits of one (hash, size): what a face shows as a row. */
export type SearchResult = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly name: string;
  readonly otherNames: readonly string[];
  readonly type: FileType;
  readonly extracted: Extracted;
  readonly sources: readonly Source[];
  /** The wave that brought it first; 0 is the parent's own index. */
  readonly wave: number;
  /** Names of the supernodes that vouch for it, for blame. */
  readonly namedBy: readonly NodeId[];
  readonly rank: Rank;
  readonly pollution: Pollution;
};

/** Why a row stands where it does: each term 0 to 1, and their weighted sum, less by as much as signs of pollution say. */
export type Rank = {
  readonly nameMatch: number;
  readonly availability: number;
  readonly agreement: number;
  readonly total: number;
};

export type WaveReport = {
  readonly wave: number;
  /** Supernodes asked so far in this wave. Wave 0, the parent's own index, counts as one asked. */
  readonly asked: number;
  readonly answered: number;
  /** Distinct results so far in the whole search. */
  readonly results: number;
};

export const SEARCH_END_REASONS = ['limit', 'exhausted', 'timeout', 'stopped'] as const;
export type SearchEndReason = (typeof SEARCH_END_REASONS)[number];
