import { z } from 'zod';
import { blockedOutput, blockImportOutput, blocksExportOutput, blocksViewSchema } from './blocks.ts';
import { electionConditionSchema, REACHABILITY } from './election.ts';
import { limitsViewSchema } from './limits.ts';
import { mediaTypeSchema } from './media.ts';
import {
  msSchema,
  networkViewSchema,
  parentViewSchema,
  rateSchema,
  reachViewSchema,
  relayViewSchema,
  roleSchema,
  trafficViewSchema,
  worldsViewSchema,
} from './network.ts';
import { savedFoundSchema, savedViewSchema } from './saved.ts';
import {
  addressSchema,
  contentHashSchema,
  countSchema,
  descriptorSchema,
  downloadIdSchema,
  errorCodeSchema,
  extractedSchema,
  nodeIdSchema,
  savedIdSchema,
  searchIdSchema,
  searchResultSchema,
  sizeSchema,
  waveReportSchema,
  webUrlSchema,
} from './schemas.ts';
import { SEARCH_END_REASONS } from './search.ts';
import { SETTING_KEYS } from './settings.ts';
import { strikesViewSchema } from './strikes.ts';
import { chunksViewSchema, downloadViewSchema, historyEntrySchema, uploadViewSchema } from './transfer.ts';
import { opinionSchema, verdictSchema } from './votes.ts';

/** What commands and queries answer, and what events carry. A face that is another process checks by these what it is told. */

const settingKeySchema = z.enum(SETTING_KEYS);
const settingValueSchema = z.union([z.number(), z.boolean(), z.string()]);
const settingChangeSchema = z.object({ key: settingKeySchema, value: settingValueSchema, restartNeeded: z.boolean() });
const searchOutput = z.object({ id: searchIdSchema });
const downloadOutput = z.object({ id: downloadIdSchema });
const savedOutput = z.object({ id: savedIdSchema });
const shareOutput = z.object({ path: z.string() });

export const COMMAND_OUTPUTS = {
  'search.start': searchOutput,
  'search.more': searchOutput,
  'search.stop': searchOutput,
  'download.add': z.object({ id: downloadIdSchema, hash: contentHashSchema }),
  'download.pause': downloadOutput,
  'download.resume': downloadOutput,
  'download.cancel': downloadOutput,
  'download.discard': downloadOutput,
  'download.move': downloadOutput,
  'download.relocate': downloadOutput,
  'download.set': downloadOutput,
  'upload.set': z.object({ id: z.string() }),
  'download.retry': downloadOutput,
  'download.source': downloadOutput,
  'download.allow-local': downloadOutput,
  'download.clear': z.object({ cleared: countSchema }),
  'history.clear': z.object({ cleared: countSchema }),
  'saved.add': savedOutput,
  'saved.set': savedOutput,
  'saved.remove': savedOutput,
  'saved.seen': savedOutput,
  'share.add': shareOutput,
  'share.remove': shareOutput,
  'share.file': shareOutput,
  'share.describe': z.object({ hash: contentHashSchema }),
  /** `known`: shared or downloading already; `skipped`: without a ContentHash, or larger than any download. */
  'list.import': z.object({
    added: z.array(z.object({ id: downloadIdSchema, hash: contentHashSchema.nullable(), name: z.string() })).readonly(),
    known: countSchema,
    /** Of those that are known, the downloads that have not ended. */
    underWay: z.array(downloadIdSchema).readonly(),
    skipped: countSchema,
    /** Web seeds of those added that say by themselves that they lie in a local network: not asked until `download.allow-local`. */
    local: z.array(z.object({ id: downloadIdSchema, url: webUrlSchema })).readonly(),
  }),
  /** `isPublic`: others are told. */
  'verdict.set': z.object({
    hash: contentHashSchema,
    size: sizeSchema,
    verdict: verdictSchema.nullable(),
    isPublic: z.boolean(),
  }),
  /** Who it will be; null: who it is. */
  'identity.rotate': z.object({ next: nodeIdSchema.nullable() }),
  'block.add': blockedOutput,
  'block.remove': blockedOutput,
  'block.import': blockImportOutput,
  'strikes.forgive': z.object({ who: z.string() }),
  'settings.set': settingChangeSchema,
} as const;

const statusViewSchema = z.object({
  node: nodeIdSchema,
  /** Who it will be at its next start; null: who it is. */
  nextNode: nodeIdSchema.nullable(),
  /** The setting peer.name. */
  name: z.string(),
  listen: z.string(),
  /** Addresses of this peer with its key, for links that others follow: at most 4, none while it has none but its own loopback. */
  invitations: z.array(z.string()).readonly(),
  /** Since the engine started. */
  uptimeMs: msSchema,
  role: roleSchema,
  parent: parentViewSchema.nullable(),
  children: countSchema,
  neighbours: countSchema,
  files: countSchema,
  bytes: countSchema,
  downloads: countSchema,
  uploads: countSchema,
  /** Upload slots, those taken, and peers that wait for one; automatic: their number follows the line. */
  uploadSlots: z.object({
    slots: countSchema,
    used: countSchema,
    waiting: countSchema,
    isAutomatic: z.boolean(),
  }),
  /** Of all downloads and of all uploads, smoothed. */
  downRate: rateSchema,
  upRate: rateSchema,
  limits: limitsViewSchema,
  reachability: z.enum(REACHABILITY),
  /** Who tried to connect back, and what the router does for this peer. */
  reach: reachViewSchema.omit({ state: true }),
  worlds: worldsViewSchema.shape.state,
  relay: relayViewSchema,
  election: z.array(electionConditionSchema).readonly(),
});
export type StatusView = Readonly<z.infer<typeof statusViewSchema>>;

/** How many things of a shared folder are not shared, by why. */
const leftOutSchema = z.object({
  hidden: countSchema,
  linksOut: countSchema,
  special: countSchema,
  empty: countSchema,
  unreadable: countSchema,
  partial: countSchema,
  byUser: countSchema,
});
export type LeftOut = Readonly<z.infer<typeof leftOutSchema>>;

const shareViewSchema = z.object({
  path: z.string(),
  files: countSchema,
  bytes: countSchema,
  left: leftOutSchema,
  reason: errorCodeSchema.nullable(),
});
export type ShareView = Readonly<z.infer<typeof shareViewSchema>>;

const sharedFileViewSchema = z.object({
  hash: contentHashSchema,
  name: z.string(),
  path: z.string(),
  size: sizeSchema,
  type: z.string(),
  /** As others are told, with the changes of the user. */
  extracted: extractedSchema,
  /** How many uploads of it began; one peer that comes back within the hour counts once. */
  asked: countSchema,
  /** The user changed what others are told. */
  edited: z.boolean(),
  /** The rule of the block list by which it is not shared with anybody; null: none does. */
  blockedBy: z.string().nullable(),
});
export type SharedFileView = Readonly<z.infer<typeof sharedFileViewSchema>>;

const libraryProgressSchema = z.object({
  /** `hashing`: files wait to be hashed, which goes on while others are looked for. */
  state: z.enum(['idle', 'scanning', 'hashing']),
  /** Found so far: while a scan runs there may be more. */
  filesLeft: countSchema,
  bytesLeft: countSchema,
  /** `done`: bytes of it that were read, where that is known. */
  current: z.object({ path: z.string(), size: sizeSchema, done: countSchema.exactOptional() }).nullable(),
  /** Bytes a second; 0 while nothing is known of it. */
  rate: z.number().min(0),
  /** Null while it is not known: at the beginning, and while a scan runs. */
  etaSeconds: z.number().min(0).nullable(),
});
export type LibraryProgressView = Readonly<z.infer<typeof libraryProgressSchema>>;

/** `left`: files that did not fit into the limits of a list. */
const listSchema = z.object({ xml: z.string(), files: countSchema, left: countSchema });

const supernodeViewSchema = z.object({
  node: nodeIdSchema,
  address: addressSchema,
  state: z.enum(['parent', 'standby', 'neighbour', 'tried', 'new']),
  rttMs: msSchema.nullable(),
  children: countSchema.nullable(),
});
export type SupernodeView = Readonly<z.infer<typeof supernodeViewSchema>>;

const settingViewSchema = z.object({
  key: settingKeySchema,
  value: settingValueSchema,
  default: settingValueSchema,
  help: z.string(),
});
export type SettingView = Readonly<z.infer<typeof settingViewSchema>>;

/** A search that can still be shown and continued. Exactly one of `words` and `hash` is not null. */
const searchViewSchema = z.object({
  id: searchIdSchema,
  words: z.string().nullable(),
  hash: contentHashSchema.nullable(),
  state: z.enum(['running', 'ended']),
  /** Why it ended; null while it runs. */
  reason: z.enum(SEARCH_END_REASONS).nullable(),
  error: errorCodeSchema.nullable(),
  /** The last wave that ended; null before the first has. */
  wave: countSchema.nullable(),
  /** Supernodes asked so far in the whole search. */
  asked: countSchema,
  results: countSchema,
  /** Files that the user blocks, left out. */
  blocked: countSchema,
});
export type SearchView = Readonly<z.infer<typeof searchViewSchema>>;

export const QUERY_OUTPUTS = {
  status: statusViewSchema,
  downloads: z.array(downloadViewSchema).readonly(),
  'download.chunks': chunksViewSchema,
  history: z.object({ entries: z.array(historyEntrySchema).readonly(), next: countSchema.nullable() }),
  uploads: z.array(uploadViewSchema).readonly(),
  supernodes: z.array(supernodeViewSchema).readonly(),
  shares: z.array(shareViewSchema).readonly(),
  'shares.files': z.object({ files: z.array(sharedFileViewSchema).readonly(), next: z.string().nullable() }),
  'library.progress': libraryProgressSchema,
  'shares.hidden': z.array(z.string()).readonly(),
  'list.export': listSchema,
  'list.write': listSchema,
  browse: z.object({
    node: nodeIdSchema,
    files: z.array(descriptorSchema).readonly(),
    /** Those of the page that the user blocks. */
    blocked: z.array(descriptorSchema).readonly(),
    next: contentHashSchema.nullable(),
  }),
  settings: z.array(settingViewSchema).readonly(),
  blocks: blocksViewSchema,
  'blocks.export': blocksExportOutput,
  strikes: strikesViewSchema,
  'media.type': mediaTypeSchema,
  network: networkViewSchema,
  traffic: trafficViewSchema,
  saved: z.array(savedViewSchema).readonly(),
  votes: opinionSchema,
  searches: z.array(searchViewSchema).readonly(),
  'search.results': z.object({ results: z.array(searchResultSchema).readonly(), next: countSchema.nullable() }),
} as const;

export const EVENT_OUTPUTS = {
  /** A scan of all shared folders ended. */
  library: z.object({ files: countSchema, bytes: countSchema }),
  /** At most 5 a second, and once when work begins or is over. */
  'library.progress': libraryProgressSchema,
  parent: z.union([parentViewSchema, z.object({ node: z.null(), address: z.null(), rttMs: z.null() })]),
  role: z.object({ role: roleSchema }),
  /** Two networks that know nothing of each other, or no longer two. */
  worlds: worldsViewSchema.omit({ checkedMs: true }),
  /** A new result, or one whose sources changed. */
  'search.hit': z.object({ id: searchIdSchema, result: searchResultSchema }),
  /** `askedTotal`: supernodes asked so far in the whole search. */
  'search.wave': waveReportSchema.extend({ id: searchIdSchema, askedTotal: countSchema }),
  /** `error`: why a supernode refused the search. */
  'search.end': z.object({
    id: searchIdSchema,
    reason: z.enum(SEARCH_END_REASONS),
    results: countSchema,
    /** Files that the user blocks, left out, if any. */
    blocked: countSchema.exactOptional(),
    error: errorCodeSchema.exactOptional(),
  }),
  /** A watched search found something new; at most once for each of its runs. */
  'saved.found': savedFoundSchema,
  /** At most 5 a second for one download, and once at every change of state. */
  'download.progress': downloadViewSchema,
  'download.done': z.object({ id: downloadIdSchema, path: z.string() }),
  /** With download.cancelled: it was cancelled, cleared or discarded, and is not in the list any more. */
  'download.failed': z.object({ id: downloadIdSchema, code: errorCodeSchema }),
  /** What is known of a file changed: others said something, or the user did. */
  opinion: opinionSchema,
  /** A setting was changed, by whatever face: a page shows what another one or the command line set. */
  settings: settingChangeSchema,
} as const;
