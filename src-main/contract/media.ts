import { z } from 'zod';
import { contentHashSchema, downloadIdSchema, sizeSchema } from './schemas.ts';

/** What a face may show of a file: one that is still loading, a finished download, or a shared one. */
export const mediaRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('download'), id: downloadIdSchema }),
  z.object({ kind: z.literal('shared'), hash: contentHashSchema, size: sizeSchema.exactOptional() }),
]);
export type MediaRequest = Readonly<z.infer<typeof mediaRequestSchema>>;

/**
 * The only types that a file is ever shown as: a browser renders them without running anything. Web pages, SVG, XML, PDF and scripts are
 * not among them; where they are text, their source is shown as text.
 */
export const PASSIVE_TYPES = [
  'audio/aac',
  'audio/aiff',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'video/3gpp',
  'video/mp2t',
  'video/mp4',
  'video/mpeg',
  'video/ogg',
  'video/quicktime',
  'video/webm',
  'video/x-matroska',
  'video/x-msvideo',
  'image/avif',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain; charset=utf-8',
] as const;
export type PassiveType = (typeof PASSIVE_TYPES)[number];

/** `type`: by its first bytes; null when it cannot be shown, or its beginning is not here yet. */
export const mediaTypeSchema = z.object({
  type: z.enum(PASSIVE_TYPES).nullable(),
  /** Whether the whole file is here and the system, which goes by the name's ending, would also take it for what it is: only then *Open* is safe. */
  mayOpen: z.boolean(),
});
export type MediaType = Readonly<z.infer<typeof mediaTypeSchema>>;

/** Bytes of a file; `end` is inclusive, as in an HTTP Range. */
export type MediaRange = { readonly start: number; readonly end: number };

/** A file that is being shown. */
export interface Media {
  /** As people gave it: of any characters, no path. */
  readonly name: string;
  readonly size: number;
  readonly type: PassiveType;
  /**
   * The bytes of a range within the file, verified ones only, in pieces of at most 256 KiB; waits for those that are still to come. Fails
   * with media.gone, media.too-many, download.cancelled, disk.*, or the signal's reason.
   */
  read(range: MediaRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Ends all reading. Idempotent. */
  close(): Promise<void>;
}

/** Offered beside EngineApi to faces that can carry bytes. */
export interface MediaApi {
  /**
   * Opens a file to be shown; whoever got it closes it. Waits a while for the beginning of a download. Fails with media.*,
   * download.unknown, disk.*, or the signal's reason.
   */
  media(request: MediaRequest, signal?: AbortSignal): Promise<Media>;
}
