import { z } from 'zod';
import type { KnownPeer, PeerAddress } from './address.ts';
import {
  type Descriptor,
  EXTRACTED_NUMBERS,
  type Extracted,
  type ExtractedEdit,
  FILE_TYPES,
  MAX_MODIFIED_MS,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  NAME_SHAPE,
} from './descriptor.ts';
import { type ErrorCode, isErrorCode } from './errors.ts';
import {
  type ContentHash,
  type DownloadId,
  isContentHash,
  isDownloadId,
  isNodeId,
  isSavedId,
  isSearchId,
  type NodeId,
  type SavedId,
  type SearchId,
} from './ids.ts';
import { SIGN_KINDS, type Sign } from './pollution.ts';
import type { Hit, SearchResult, Source, WaveReport } from './search.ts';
import { isSourceId, isWebUrl, type SourceId, type WebUrl } from './web-url.ts';

/** Schemas of the domain types, shared by the faces and by the messages between peers. Each enforces the type's stated limits. */

const branded = <T extends string>(is: (text: string) => text is T, what: string) =>
  z.custom<T>((value) => typeof value === 'string' && is(value), what);

export const nodeIdSchema = branded<NodeId>(isNodeId, 'not a NodeId');
export const webUrlSchema = branded<WebUrl>(isWebUrl, 'not a web address');
export const sourceIdSchema = branded<SourceId>(isSourceId, 'neither a NodeId nor a web address');
export const contentHashSchema = branded<ContentHash>(isContentHash, 'not a ContentHash');
export const searchIdSchema = branded<SearchId>(isSearchId, 'not a search id');
export const downloadIdSchema = branded<DownloadId>(isDownloadId, 'not a download id');
export const savedIdSchema = branded<SavedId>(isSavedId, 'not an id of a saved search');
export const errorCodeSchema = branded<ErrorCode>(isErrorCode, 'not an error code');

/** Files of up to 8 PiB: more than any disk, and exact in a double. */
export const sizeSchema = z
  .int()
  .min(1)
  .max(2 ** 53 - 1);
export const countSchema = z
  .int()
  .min(0)
  .max(2 ** 53 - 1);
export const nameSchema = z.string().min(1).max(MAX_NAME_LENGTH).regex(NAME_SHAPE);
const textSchema = z.string().min(1).max(MAX_TEXT_LENGTH);
const numberSchema = ({ max, whole }: { readonly max: number; readonly whole: boolean }) =>
  (whole ? z.int() : z.number()).min(0).max(max);

export const addressSchema: z.ZodType<PeerAddress> = z.object({
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535),
});

/** A peer with its key, at an address. */
export const peerSchema: z.ZodType<KnownPeer> = z.object({ nodeId: nodeIdSchema, address: addressSchema });

export const extractedSchema: z.ZodType<Extracted> = z.object({
  title: textSchema.exactOptional(),
  artist: textSchema.exactOptional(),
  album: textSchema.exactOptional(),
  track: numberSchema(EXTRACTED_NUMBERS.track).exactOptional(),
  genre: textSchema.exactOptional(),
  year: numberSchema(EXTRACTED_NUMBERS.year).exactOptional(),
  durationSeconds: numberSchema(EXTRACTED_NUMBERS.durationSeconds).exactOptional(),
  bitrateKbps: numberSchema(EXTRACTED_NUMBERS.bitrateKbps).exactOptional(),
  width: numberSchema(EXTRACTED_NUMBERS.width).exactOptional(),
  height: numberSchema(EXTRACTED_NUMBERS.height).exactOptional(),
  pages: numberSchema(EXTRACTED_NUMBERS.pages).exactOptional(),
  language: textSchema.exactOptional(),
  codec: textSchema.exactOptional(),
});

const edited = <S extends z.ZodType>(schema: S) => schema.nullable().exactOptional();

/** Refuses fields that are none. */
export const extractedEditSchema: z.ZodType<ExtractedEdit> = z.strictObject({
  title: edited(textSchema),
  artist: edited(textSchema),
  album: edited(textSchema),
  track: edited(numberSchema(EXTRACTED_NUMBERS.track)),
  genre: edited(textSchema),
  year: edited(numberSchema(EXTRACTED_NUMBERS.year)),
  durationSeconds: edited(numberSchema(EXTRACTED_NUMBERS.durationSeconds)),
  bitrateKbps: edited(numberSchema(EXTRACTED_NUMBERS.bitrateKbps)),
  width: edited(numberSchema(EXTRACTED_NUMBERS.width)),
  height: edited(numberSchema(EXTRACTED_NUMBERS.height)),
  pages: edited(numberSchema(EXTRACTED_NUMBERS.pages)),
  language: edited(textSchema),
  codec: edited(textSchema),
});

export const descriptorSchema: z.ZodType<Descriptor> = z.object({
  hash: contentHashSchema,
  size: sizeSchema,
  name: nameSchema,
  type: z.enum(FILE_TYPES),
  modifiedMs: z.number().min(0).max(MAX_MODIFIED_MS).exactOptional(),
  extracted: extractedSchema,
});

export const sourceSchema: z.ZodType<Source> = z.object({
  nodeId: nodeIdSchema,
  addresses: z.array(addressSchema).max(4),
  reachable: z.boolean().exactOptional(),
  through: peerSchema.exactOptional(),
  freeSlots: countSchema.exactOptional(),
  queueLength: countSchema.exactOptional(),
  rateBps: countSchema.exactOptional(),
});

export const hitSchema: z.ZodType<Hit> = z.object({
  hash: contentHashSchema,
  size: sizeSchema,
  name: nameSchema,
  type: z.enum(FILE_TYPES),
  extracted: extractedSchema,
  sources: z.array(sourceSchema).min(1).max(50),
});

const termSchema = z.number().min(0).max(1);

const signSchema: z.ZodType<Sign> = z.object({
  kind: z.enum(SIGN_KINDS),
  weight: termSchema,
  params: z.record(z.string(), z.union([z.string(), z.number()])),
});

export const searchResultSchema: z.ZodType<SearchResult> = z.object({
  hash: contentHashSchema,
  size: sizeSchema,
  name: nameSchema,
  otherNames: z.array(nameSchema),
  type: z.enum(FILE_TYPES),
  extracted: extractedSchema,
  sources: z.array(sourceSchema),
  wave: countSchema,
  namedBy: z.array(nodeIdSchema),
  rank: z.object({ nameMatch: termSchema, availability: termSchema, agreement: termSchema, total: termSchema }),
  pollution: z.object({ score: termSchema, signs: z.array(signSchema), isHidden: z.boolean() }),
});

export const waveReportSchema = z.object({
  wave: countSchema,
  asked: countSchema,
  answered: countSchema,
  results: countSchema,
}) satisfies z.ZodType<WaveReport>;
