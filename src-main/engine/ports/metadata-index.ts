import type { ContentHash, NodeId } from '../../contract/ids.ts';

/**
 * A hit as the index knows it: who has it, but not where that peer is; the caller adds addresses and load. `shown`: the other fields of
 * a Hit (name, type, extracted) as JSON of an object, which most answers carry on unread.
 */
export type IndexHit = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly holders: readonly NodeId[];
  readonly shown: string;
};
export type IndexAnswer = {
  /** Distinct contents, best first. */
  readonly hits: readonly IndexHit[];
  /** True when there were more matches than were looked at or returned. */
  readonly more: boolean;
};
/** What is held of a child: the session protocol compares count and digest to upload differences only. */
export type Holding = { readonly files: number; readonly digest: string };
export type BatchResult =
  | { readonly ok: true; readonly holding: Holding }
  /** `limit`: the child has reached its cap. `malformed`: not what protocol section 5 describes, a strike. */
  | { readonly ok: false; readonly reason: 'limit' | 'malformed'; readonly why: string };

/** `contents`: distinct ones, as good as exact. `bytes`: memory of the rows, about; what lies on disk is not in it. */
export type IndexCounts = {
  readonly children: number;
  readonly rows: number;
  readonly contents: number;
  readonly bytes: number;
};
/** `block`: the address block of the child, where children of one count as one in what a file is said to be. */
export type IndexLimits = { readonly files: number; readonly bytes: number; readonly block?: string | undefined };

/**
 * The index of a supernode's children (protocol sections 5, 8), off the event loop: strangers' XML is unpacked, parsed and indexed there.
 * It takes memory from the first batch, holding or query on.
 */
export interface MetadataIndex {
  /** Applies one upload batch of a child: gzip of XML as protocol section 5 says. All or nothing. */
  apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Promise<BatchResult>;
  holding(child: NodeId): Promise<Holding>;
  /** Rows of an absent child stay but are not given as hits. */
  setPresent(child: NodeId, present: boolean): Promise<void>;
  /** Removes all rows of a child. */
  drop(child: NodeId): Promise<void>;
  /** `text` is in the query language; fails with search.query-invalid. `start` in 0..1 picks the row to begin at; `limit` distinct contents. */
  search(text: string, options: { readonly limit: number; readonly start: number }): Promise<IndexAnswer>;
  /** Holders of one content. */
  lookup(hash: ContentHash, limit: number): Promise<IndexAnswer>;
  counts(): Promise<IndexCounts>;
  /** Forgets everything at once and gives back the memory; what is asked after it finds an empty index. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
