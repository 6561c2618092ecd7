import { z } from 'zod';
import { FILE_TYPES } from './descriptor.ts';
import {
  contentHashSchema,
  countSchema,
  downloadIdSchema,
  errorCodeSchema,
  nodeIdSchema,
  sizeSchema,
  sourceIdSchema,
} from './schemas.ts';

export const DOWNLOAD_STATES = ['searching', 'queued', 'downloading', 'paused', 'verifying', 'done', 'failed'] as const;
export type DownloadState = (typeof DOWNLOAD_STATES)[number];

/** As many sources as a new download may be given; the swarm itself may know more. */
export const MAX_GIVEN_SOURCES = 50;

export const SOURCE_STATES = [
  'untried',
  'connecting',
  'queued',
  'active',
  'idle',
  'unreachable',
  'banned',
  /** By the user. */
  'blocked',
] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** What the user wants of a source: as it comes, no bytes of it, or bytes of it alone. */
export const SOURCE_USES = ['auto', 'never', 'only'] as const;
export type SourceUse = (typeof SOURCE_USES)[number];

/** How a source is reached: by its address; it was called and connected to this peer; both dialled at once; through a third peer. */
export const SOURCE_WAYS = ['direct', 'reverse', 'hole-punch', 'relay'] as const;
export type SourceWay = (typeof SOURCE_WAYS)[number];

/** How a way that was tried ended; null: it works. */
const wayStepSchema = z.object({ way: z.enum(SOURCE_WAYS), reason: errorCodeSchema.nullable() });
export type WayStep = Readonly<z.infer<typeof wayStepSchema>>;

/** Bytes a second. */
const rateSchema = z.number().min(0);

/** One source of one download, as `shoal downloads` lists it. */
export const sourceViewSchema = z.object({
  /** Its NodeId, or the URL of a web seed. */
  node: sourceIdSchema,
  address: z.string(),
  state: z.enum(SOURCE_STATES),
  reason: errorCodeSchema.nullable(),
  /** Unix time in milliseconds, for showing; null when it is not banned. */
  bannedUntilMs: countSchema.nullable(),
  /** It was banned, and is asked for one chunk at a time until it has proved itself. */
  onTrial: z.boolean(),
  rate: rateSchema,
  /** What it sent and was verified. */
  bytes: countSchema,
  /** Chunks that may be had of it now; null: all of them. */
  held: countSchema.nullable(),
  /** Place in its queue, 1 = next; null when not queued. */
  queue: countSchema.nullable(),
  use: z.enum(SOURCE_USES),
  /** The way that worked last; null while none did. */
  way: z.enum(SOURCE_WAYS).nullable(),
  /** Each way that was tried, in the order of the last tries. */
  ways: z.array(wayStepSchema).readonly(),
});
export type SourceView = Readonly<z.infer<typeof sourceViewSchema>>;

/** Whether others may be told of it: nothing that it sent was wrong, as far as that counts still. */
export const isWorthNaming = ({ state, onTrial }: Pick<SourceView, 'state' | 'onTrial'>): boolean =>
  state !== 'banned' && state !== 'blocked' && !onTrial;

/** Unix time in milliseconds when the first ban of those that may be used ends; undefined when none is banned. */
export function firstBanEndMs(sources: readonly SourceView[]): number | undefined {
  const ends = sources.flatMap(({ bannedUntilMs, use }) => (use === 'never' ? [] : (bannedUntilMs ?? [])));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

export const downloadViewSchema = z.object({
  id: downloadIdSchema,
  /** Null for one that a list names by other hashes, until it is whole. */
  hash: contentHashSchema.nullable(),
  name: z.string(),
  size: sizeSchema.nullable(),
  /** Verified bytes; of a file without anything to check its parts by, bytes that came. */
  done: countSchema,
  state: z.enum(DOWNLOAD_STATES),
  reason: errorCodeSchema.nullable(),
  /** The rule of the block list that holds it up; null: none does. */
  blockedBy: z.string().nullable(),
  /** Smoothed. */
  rate: rateSchema,
  etaSeconds: z.number().min(0).nullable(),
  /** The final path once done, before that the path it will have. */
  path: z.string(),
  sources: z.array(sourceViewSchema).readonly(),
  /** As the user set it for this one; null: the setting `download.sources` holds. */
  maxSources: countSchema.nullable(),
  /** As the user set it for this one; 0: the setting `download.rate-each` holds. */
  rateLimit: rateSchema,
  /** Among all downloads, 1 = the first; what `download.move` takes. */
  place: countSchema,
  /** Unix time in milliseconds, for showing; 0 when it was added by a version that did not note it. */
  addedMs: countSchema,
  /** What it is by its first bytes, where its name says something else; null: nothing speaks against its name, as far as is known. */
  found: z.enum(FILE_TYPES).nullable(),
});
export type DownloadView = Readonly<z.infer<typeof downloadViewSchema>>;

/** They wait for a decision of their own: a program under another name, and what the user blocks. */
const WAITS_FOR_USER = new Set<unknown>(['download.disguised', 'content.blocked']);

/** Whether it goes on when all are resumed. */
export const goesOnWithAll = ({ state, reason }: Pick<DownloadView, 'state' | 'reason'>): boolean =>
  state === 'paused' && !WAITS_FOR_USER.has(reason);

export const MAX_AVAILABILITY = 512;

/** The chunks of one download, 1 MiB each; the last one may be short. */
export const chunksViewSchema = z.object({
  size: sizeSchema.nullable(),
  /** How many; 0 while the size is not known. */
  chunks: countSchema,
  /** Base64 of one bit a chunk, the first chunk the most significant bit of the first byte, as peers send chunk maps; unused bits are 0. */
  verified: z.string(),
  /**
   * The file in at most 512 parts of nearly the same number of chunks: from how many sources, of those that could be asked, the rarest chunk
   * of each may be had that is not here yet. Empty while no size is known, and when all is here.
   */
  availability: z.array(countSchema).max(MAX_AVAILABILITY).readonly(),
  /** What sources are asked for right now, `first` to `last` inclusive; the last chunks may be asked of two. */
  asked: z.array(z.object({ node: sourceIdSchema, first: countSchema, last: countSchema })).readonly(),
});
export type ChunksView = Readonly<z.infer<typeof chunksViewSchema>>;

export const OUTCOMES = ['done', 'failed', 'cancelled'] as const;

/** How one download ended. One that failed and was taken up again ends once more. */
export const historyEntrySchema = z.object({
  /** Grows with each entry and is never given again. */
  id: countSchema,
  /** Null for one that ended before it had one. */
  hash: contentHashSchema.nullable(),
  name: z.string(),
  size: sizeSchema.nullable(),
  outcome: z.enum(OUTCOMES),
  /** Of the finished file; null when there is none. */
  path: z.string().nullable(),
  /** Null when it is done. */
  reason: errorCodeSchema.nullable(),
  /** Unix time in milliseconds. */
  endedMs: countSchema,
  /** Verified bytes. */
  bytes: countSchema,
});
export type HistoryEntry = Readonly<z.infer<typeof historyEntrySchema>>;

const UPLOAD_STATES = ['active', 'idle', 'queued'] as const;

export const uploadViewSchema = z.object({
  /** The same from the first wait to the last byte, for lists: who (NodeId or address) and what. */
  id: z.string(),
  node: nodeIdSchema.nullable(),
  address: z.string(),
  hash: contentHashSchema,
  name: z.string(),
  /** Of the file; null for one that waits since before a restart. */
  size: sizeSchema.nullable(),
  /** Bytes `from` to `to` (exclusive) of the file are being sent; null when nothing is. */
  from: countSchema.nullable(),
  to: countSchema.nullable(),
  /** Over all ranges that it asked for under its slot. */
  sent: countSchema,
  rate: rateSchema,
  /** As the user set it for this one, bytes a second; 0: the setting `upload.rate-each` holds. */
  rateLimit: rateSchema,
  state: z.enum(UPLOAD_STATES),
  place: countSchema.nullable(),
  /**
   * The terms of the order: milliseconds waited times credit (1 = a stranger, at most 10). Credit comes from bytes that this peer received,
   * verified, from that one and sent to it; both count half after 30 days.
   */
  why: z
    .object({ waitedMs: z.number().min(0), credit: z.number().min(0), received: countSchema, sent: countSchema })
    .readonly(),
});
export type UploadView = Readonly<z.infer<typeof uploadViewSchema>>;
