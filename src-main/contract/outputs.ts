import { z } from 'zod';
import { mediaTypeSchema } from './media.ts';
import {
  addressSchema,
  contentHashSchema,
  countSchema,
  descriptorSchema,
  downloadIdSchema,
  errorCodeSchema,
  nodeIdSchema,
  searchIdSchema,
  searchResultSchema,
  sizeSchema,
  waveReportSchema,
} from './schemas.ts';
import { SEARCH_END_REASONS } from './search.ts';
import { SETTING_KEYS } from './settings.ts';
import { downloadViewSchema, uploadViewSchema } from './transfer.ts';

/** What commands and queries answer, and what events carry. A face that is another process checks by these what it is told. */

const settingKeySchema = z.enum(SETTING_KEYS);
const settingValueSchema = z.union([z.number(), z.boolean(), z.string()]);
const searchOutput = z.object({ id: searchIdSchema });
const downloadOutput = z.object({ id: downloadIdSchema });
const shareOutput = z.object({ path: z.string() });
const msSchema = z.number().min(0);

export const COMMAND_OUTPUTS = {
  'search.start': searchOutput,
  'search.more': searchOutput,
  'search.stop': searchOutput,
  'download.add': z.object({ id: downloadIdSchema, hash: contentHashSchema }),
  'download.pause': downloadOutput,
  'download.resume': downloadOutput,
  'download.cancel': downloadOutput,
  'download.move': downloadOutput,
  'download.clear': z.object({ cleared: countSchema }),
  'share.add': shareOutput,
  'share.remove': shareOutput,
  'settings.set': z.object({ key: settingKeySchema, value: settingValueSchema, restartNeeded: z.boolean() }),
} as const;

const parentViewSchema = z.object({ node: nodeIdSchema, address: z.string(), rttMs: msSchema });
export type ParentView = Readonly<z.infer<typeof parentViewSchema>>;

const roleSchema = z.enum(['leaf', 'supernode']);
export type Role = z.infer<typeof roleSchema>;

const statusViewSchema = z.object({
  node: nodeIdSchema,
  listen: z.string(),
  role: roleSchema,
  parent: parentViewSchema.nullable(),
  children: countSchema,
  neighbours: countSchema,
  files: countSchema,
  bytes: countSchema,
  downloads: countSchema,
  uploads: countSchema,
  reachability: z.literal('unknown'),
  election: z.array(z.never()).readonly(),
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
});
export type SharedFileView = Readonly<z.infer<typeof sharedFileViewSchema>>;

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

export const QUERY_OUTPUTS = {
  status: statusViewSchema,
  downloads: z.array(downloadViewSchema).readonly(),
  uploads: z.array(uploadViewSchema).readonly(),
  supernodes: z.array(supernodeViewSchema).readonly(),
  shares: z.array(shareViewSchema).readonly(),
  'shares.files': z.object({ files: z.array(sharedFileViewSchema).readonly(), next: z.string().nullable() }),
  browse: z.object({
    node: nodeIdSchema,
    files: z.array(descriptorSchema).readonly(),
    next: contentHashSchema.nullable(),
  }),
  settings: z.array(settingViewSchema).readonly(),
  'media.type': mediaTypeSchema,
} as const;

export const EVENT_OUTPUTS = {
  /** A scan of all shared folders ended. */
  library: z.object({ files: countSchema, bytes: countSchema }),
  parent: z.union([parentViewSchema, z.object({ node: z.null(), address: z.null(), rttMs: z.null() })]),
  role: z.object({ role: roleSchema }),
  /** A new result, or one whose sources changed. */
  'search.hit': z.object({ id: searchIdSchema, result: searchResultSchema }),
  'search.wave': waveReportSchema.extend({ id: searchIdSchema }),
  /** `error`: why a supernode refused the search. */
  'search.end': z.object({
    id: searchIdSchema,
    reason: z.enum(SEARCH_END_REASONS),
    results: countSchema,
    error: errorCodeSchema.exactOptional(),
  }),
  /** At most 5 a second for one download, and once at every change of state. */
  'download.progress': downloadViewSchema,
  'download.done': z.object({ id: downloadIdSchema, path: z.string() }),
  'download.failed': z.object({ id: downloadIdSchema, code: errorCodeSchema }),
} as const;
