import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import type { FileType } from '../../contract/descriptor.ts';
import type { AppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentConnection } from '../ports/content-client.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { IncomingResponse, Links, OutgoingRequest } from '../ports/links.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { WhyShut } from '../shut-out.ts';
import type { DownloadStore } from '../store/download-store.ts';
import type { Troubles } from '../troubles.ts';
import type { Judgement } from './namers.ts';
import type { FoundSource, PeerSource } from './source.ts';
import type { WebSeeds } from './web-seeds.ts';

export type FinishedFile = {
  readonly path: string;
  readonly hash: ContentHash;
  readonly size: number;
  readonly chunkLayer: Uint8Array;
};

/** Looks for sources of a file until it knows no more; fails only when aborted. */
export type FindSources = (
  file: { readonly hash: ContentHash; readonly size: number | undefined },
  found: (source: FoundSource) => void,
  signal: AbortSignal,
) => Promise<void>;

/** Reaches sources, by whatever way works; each tells the source how it ended. All fail with peer.*. */
export interface SourceDialler {
  connect(source: PeerSource, signal: AbortSignal): Promise<ContentConnection>;
  request(source: PeerSource, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse>;
}

/** What files are by their first bytes. */
export interface ContentTypes {
  /** As a download has found; undefined: never, or the bytes do not say. */
  of(file: FoundFile): FileType | undefined;
  /** Looks at the verified beginning of a file, and remembers what it says. */
  look(file: FoundFile, beginning: Uint8Array): Promise<FileType | undefined>;
}
type FoundFile = { readonly hash: ContentHash; readonly size: number };

/** Everything that downloads need of the rest of the peer. */
export type DownloadDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly settings: () => Settings;
  readonly files: FileSystem;
  readonly hasher: Hasher;
  readonly links: Links;
  readonly dialler: SourceDialler;
  readonly webSeeds: WebSeeds;
  readonly store: DownloadStore;
  readonly contents: ContentTypes;
  readonly findSources: FindSources;
  /** The port at which others may have what is here of files that are still loading; undefined: they may not. */
  readonly swarmPort: () => number | undefined;
  /** Further chunks of a file may be had by others. */
  readonly partGrew: (hash: ContentHash) => void;
  /** The user gave this address: no dialling rule holds for it. */
  readonly trust: (address: PeerAddress) => void;
  /** The user wants it tried again: that it could not be dialled counts no more. */
  readonly forgive: (target: PeerTarget) => void;
  /** The rule by which the user does not want a file. */
  readonly blockedBy: (file: { readonly hash?: ContentHash | undefined; readonly name: string }) => string | undefined;
  /** Whom this peer does not speak to. */
  readonly whyShut: WhyShut;
  /** A source did what no honest peer does. */
  readonly strike: (node: NodeId, why: string) => void;
  /** Supernodes named a source rightly or wrongly. */
  readonly judge: (judgement: Judgement) => void;
  /** A peer sent bytes that were verified. */
  readonly received: (node: NodeId, bytes: number) => void;
  /** A finished file may be shared without hashing it again. */
  readonly finished: (file: FinishedFile) => Promise<void>;
};

/** Undefined: as it is. `maxSources` null and `rate` 0: the settings hold. */
export type DownloadLimits = {
  readonly maxSources: number | null | undefined;
  readonly rate: number | undefined;
};

/** Codes after which a download waits for the disk and then goes on by itself. */
export function isDiskError(error: AppError): boolean {
  return error.code.startsWith('disk.');
}
