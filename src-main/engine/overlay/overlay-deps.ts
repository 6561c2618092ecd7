import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Flow, WorldsView } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type {
  Clock,
  Discovery,
  KnownRemote,
  Links,
  Logger,
  Machine,
  MetadataIndex,
  PortMapper,
  Random,
  Remote,
  Sha256,
} from '../ports/index.ts';
import type { SearchPeer } from '../search/search-network.ts';
import type { WhyShut } from '../shut-out.ts';
import type { HostCacheStore } from '../store/host-cache-store.ts';
import type { UptimeStore } from '../store/uptime-store.ts';
import type { HitsText } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';
import type { Votes } from '../wire/messages/votes.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import type { LastContact } from './last-contact.ts';
import type { SharedLibrary } from './metadata-upload.ts';
import type { Session } from './session.ts';

/** What the other end of a session is to this peer. A standby child may only search, so it counts as a searcher. */
export type LinkRole = 'parent' | 'standby' | 'hop' | 'child' | 'searcher' | 'neighbour';

/** What the overlay needs of the search: it carries search messages and understands none. */
export interface SearchHandler {
  message(from: SearchPeer, linkRole: LinkRole, message: SessionMessage): void;
  gone(from: SearchPeer): void;
  /** Matches in the own index, for another supernode; undefined when it asks too much or too many ask. */
  answer(query: Query, from: KnownRemote): Promise<HitsText | undefined>;
  /** Searches answered in the last minute. */
  perMinute(): number;
}

/** What the overlay needs of the votes: it carries them and understands none. */
export interface VoteCarrier {
  fromChild(child: Session, message: Votes): void;
  childGone(node: NodeId): void;
  /** Gives what is to be told to a parent, now and later, until the returned function is called. */
  toParent(send: (message: Votes) => void): () => void;
}

/** How busy this peer's uploads are. */
export type UploadLoad = { readonly freeSlots: number; readonly queueLength: number; readonly rateBps: number };

/** What those are told who are blocked or banned: not which of the two. */
export const NOT_WANTED = 'not wanted here';

export type OverlayDeps = {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly links: Links;
  readonly contact: LastContact;
  /** Where this peer listens now. */
  readonly listen: () => readonly PeerAddress[];
  readonly store: Pick<HostCacheStore, 'all' | 'save'>;
  readonly index: MetadataIndex;
  readonly sha256: Sha256;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
  readonly library: SharedLibrary;
  readonly load: () => UploadLoad;
  readonly uptimeStore: Pick<UptimeStore, 'all' | 'save'>;
  readonly machine: Machine;
  /** The fastest that files travelled, bytes a second. */
  readonly bestRates: () => Flow;
  readonly onLoad: (listener: () => void) => () => void;
  readonly search: SearchHandler;
  /** Undefined in a peer that knows of none. */
  readonly votes?: VoteCarrier | undefined;
  readonly strike: (remote: Remote, why: string) => void;
  /** Whom this peer does not speak to; undefined where everybody is. */
  readonly whyShut?: WhyShut | undefined;
  /** An address may be dialled again at once, though it failed. */
  readonly forgive: (target: PeerTarget) => void;
  /** Undefined where there is no local network to search. */
  readonly discovery?: Discovery | undefined;
  /** Undefined where there is no router to ask. */
  readonly mapper?: PortMapper | undefined;
  readonly worldsChanged: (view: Omit<WorldsView, 'checkedMs'>) => void;
  /** Supernodes to start from: those the user gave, then the built-in list in any order. */
  readonly bootstrap: { readonly user: readonly PeerTarget[]; readonly builtIn: readonly PeerTarget[] };
};
