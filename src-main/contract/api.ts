import { z } from 'zod';
import type { PeerAddress } from './address.ts';
import type { Descriptor } from './descriptor.ts';
import type { ErrorCode } from './errors.ts';
import type { ContentHash, DownloadId, NodeId, SearchId } from './ids.ts';
import { contentHashSchema, downloadIdSchema, nodeIdSchema, searchIdSchema, sizeSchema } from './schemas.ts';
import type { SearchEndReason, SearchResult, WaveReport } from './search.ts';
import type { SettingKey, SettingValue } from './settings.ts';
import type { DownloadView, UploadView } from './transfer.ts';

/**
 * What a face may ask of the engine and what the engine announces. Three maps from a name to its input schema and output type;
 * a handler for each is a compile-time duty of whoever implements EngineApi.
 */

/** An address or invitation as typed by people: `host:port` or `shoal://NODEID@host:port`. */
const targetText = z.string().min(3).max(400);
const pathText = z.string().min(1).max(4096);
const empty = z.object({});

export const COMMANDS = {
  /** Starts a search; its results come as search.* events. Exactly one of `words` and `hash`. */
  'search.start': z.object({
    words: z.string().max(1000).exactOptional(),
    hash: contentHashSchema.exactOptional(),
    limit: z.int().min(1).max(10_000).exactOptional(),
    timeoutMs: z.int().min(1).max(3_600_000).exactOptional(),
    /** Ask this many further supernodes one after the other, by a search-only session to each. */
    hops: z.int().min(0).max(20).exactOptional(),
  }),
  'search.more': z.object({ id: searchIdSchema }),
  'search.stop': z.object({ id: searchIdSchema }),
  'download.add': z.object({
    hash: contentHashSchema,
    size: sizeSchema.exactOptional(),
    name: z.string().min(1).max(255).exactOptional(),
    /** Absolute path of the finished file; the default lies in the download folder. */
    output: pathText.exactOptional(),
    sources: z
      .array(z.object({ target: targetText }))
      .max(50)
      .exactOptional(),
    maxSources: z.int().min(1).max(200).exactOptional(),
    /** Use only this peer. */
    only: nodeIdSchema.exactOptional(),
  }),
  'download.pause': z.object({ id: downloadIdSchema }),
  'download.resume': z.object({ id: downloadIdSchema }),
  'download.cancel': z.object({ id: downloadIdSchema }),
  /** `place` 1 is the next to run. */
  'download.move': z.object({ id: downloadIdSchema, place: z.int().min(1).max(100_000) }),
  /** Forgets finished and failed downloads; their files stay. */
  'download.clear': empty,
  'share.add': z.object({ path: pathText }),
  'share.remove': z.object({ path: pathText }),
  'settings.set': z.object({
    key: z.string().max(100),
    value: z.union([z.string().max(4096), z.number(), z.boolean()]),
  }),
} as const;

export const QUERIES = {
  status: empty,
  downloads: empty,
  uploads: empty,
  supernodes: empty,
  shares: empty,
  /** A page of shared files after `after`, ordered by hash and path. */
  'shares.files': z.object({
    after: z.string().max(8192).exactOptional(),
    limit: z.int().min(1).max(10_000).exactOptional(),
  }),
  /** What another peer shares; a page as it sends them. */
  browse: z.object({ target: targetText, after: contentHashSchema.exactOptional() }),
  settings: empty,
} as const;

export type CommandName = keyof typeof COMMANDS;
export type QueryName = keyof typeof QUERIES;
export type CommandInput<N extends CommandName> = z.infer<(typeof COMMANDS)[N]>;
export type QueryInput<N extends QueryName> = z.infer<(typeof QUERIES)[N]>;

export type CommandOutputs = {
  'search.start': { readonly id: SearchId };
  'search.more': { readonly id: SearchId };
  'search.stop': { readonly id: SearchId };
  'download.add': { readonly id: DownloadId; readonly hash: ContentHash };
  'download.pause': { readonly id: DownloadId };
  'download.resume': { readonly id: DownloadId };
  'download.cancel': { readonly id: DownloadId };
  'download.move': { readonly id: DownloadId };
  'download.clear': { readonly cleared: number };
  'share.add': { readonly path: string };
  'share.remove': { readonly path: string };
  'settings.set': { readonly key: SettingKey; readonly value: SettingValue; readonly restartNeeded: boolean };
};

export type ParentView = { readonly node: NodeId; readonly address: string; readonly rttMs: number };
export type Role = 'leaf' | 'supernode';
export type StatusView = {
  readonly node: NodeId;
  readonly listen: string;
  readonly role: Role;
  readonly parent: ParentView | null;
  readonly children: number;
  readonly neighbours: number;
  readonly files: number;
  readonly bytes: number;
  readonly downloads: number;
  readonly uploads: number;
  readonly reachability: 'unknown';
  readonly election: readonly never[];
};
export type ShareView = {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly left: LeftOut;
  readonly reason: ErrorCode | null;
};
/** How many things of a shared folder are not shared, by why. */
export type LeftOut = {
  readonly hidden: number;
  readonly linksOut: number;
  readonly special: number;
  readonly empty: number;
  readonly unreadable: number;
  readonly partial: number;
};
export type SharedFileView = {
  readonly hash: ContentHash;
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly type: string;
};
export type SupernodeView = {
  readonly node: NodeId;
  readonly address: PeerAddress;
  readonly state: 'parent' | 'standby' | 'neighbour' | 'tried' | 'new';
  readonly rttMs: number | null;
  readonly children: number | null;
};
export type SettingView = {
  readonly key: SettingKey;
  readonly value: SettingValue;
  readonly default: SettingValue;
  readonly help: string;
};

export type QueryOutputs = {
  status: StatusView;
  downloads: readonly DownloadView[];
  uploads: readonly UploadView[];
  supernodes: readonly SupernodeView[];
  shares: readonly ShareView[];
  'shares.files': { readonly files: readonly SharedFileView[]; readonly next: string | null };
  browse: { readonly node: NodeId; readonly files: readonly Descriptor[]; readonly next: ContentHash | null };
  settings: readonly SettingView[];
};

export type Events = {
  /** A scan of all shared folders ended. */
  library: { readonly files: number; readonly bytes: number };
  parent: ParentView | { readonly node: null; readonly address: null; readonly rttMs: null };
  role: { readonly role: Role };
  /** A new result, or one whose sources changed. */
  'search.hit': { readonly id: SearchId; readonly result: SearchResult };
  'search.wave': { readonly id: SearchId } & WaveReport;
  /** `error`: why a supernode refused the search. */
  'search.end': {
    readonly id: SearchId;
    readonly reason: SearchEndReason;
    readonly results: number;
    readonly error?: ErrorCode;
  };
  /** At most 5 a second for one download, and once at every change of state. */
  'download.progress': DownloadView;
  'download.done': { readonly id: DownloadId; readonly path: string };
  'download.failed': { readonly id: DownloadId; readonly code: ErrorCode };
};
export type EventName = keyof Events;
const EVENTS: { readonly [N in EventName]: true } = {
  library: true,
  parent: true,
  role: true,
  'search.hit': true,
  'search.wave': true,
  'search.end': true,
  'download.progress': true,
  'download.done': true,
  'download.failed': true,
};
export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];

/** What engine.ts offers to every face. Both calls validate their input and throw AppError. */
export interface EngineApi {
  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutputs[N]>;
  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutputs[N]>;
  /** Calls `listener` on every such event until the returned function is called. */
  on<N extends EventName>(name: N, listener: (event: Events[N]) => void): () => void;
}
