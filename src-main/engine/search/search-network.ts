import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Source } from '../../contract/search.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { SessionMessage } from '../wire/session-message.ts';

/** A supernode that may be asked. `session`: a link stands already, so that an ask costs one round trip and no dial. */
export type AskTarget = {
  readonly entry: SupernodeEntry;
  readonly session: boolean;
  readonly rttMs: number | undefined;
};

/** One end of a session, as the search sees it. */
export interface SearchPeer {
  readonly nodeId: NodeId;
  /** The IP that the other side is seen from: budgets count address blocks by it. */
  readonly host: string;
  /** Whether it knows what came with this minor version of the protocol: nothing else is sent to it. */
  knows(minor: number): boolean;
  /** False when the link is gone. */
  send(message: SessionMessage): boolean;
}

/** What the search needs of the overlay; the overlay implements it and knows nothing of waves. */
export interface SearchNetwork {
  readonly nodeId: NodeId;
  role(): 'leaf' | 'supernode';
  /** The supernode that runs this leaf's searches now. */
  parent(): SearchPeer | undefined;
  /** The warm second parent. */
  standby(): SearchPeer | undefined;
  /** Called when another parent (or none) has taken over. */
  onParent(listener: (parent: SearchPeer | undefined) => void): () => void;
  /** Called when another supernode, or none, is parent or warm one. */
  onServers(listener: () => void): () => void;
  /** A file of this peer that the parent has taken into its index, any; undefined when there is none. */
  indexedHash(): ContentHash | undefined;
  /** A supernode that serves badly: no link with it is kept, and it is left alone for a while. */
  dismiss(nodeId: NodeId, why: string): void;
  /** Whether it is left alone now. */
  isShunned(nodeId: NodeId): boolean;
  /** All supernodes that this peer has heard of. */
  heardOf(): readonly NodeId[];
  /** Neighbours and other supernodes known to be up, neighbours first, each part in random order. */
  askTargets(): readonly AskTarget[];
  /** Asks one supernode for matches in its own index: over the session if there is one, else by POST /query. Fails with peer.*. */
  ask(target: AskTarget, query: Query, signal: AbortSignal): Promise<Hits>;
  /** A search-only session to a supernode other than the parents; undefined when none can be reached. Messages arrive at the search as from any peer. */
  hop(avoid: ReadonlySet<NodeId>, signal: AbortSignal): Promise<(SearchPeer & { close(): void }) | undefined>;
  /** Where a child (or this peer itself) can be reached and how busy it is; undefined when it is not here. */
  sourceOf(child: NodeId): Source | undefined;
  /** Supernodes that may be named to others as worth asking: reached by this peer itself in the last 24 h. At most `count`, random. */
  nameable(count: number, avoid: ReadonlySet<NodeId>): readonly SupernodeEntry[];
}
