import { z } from 'zod';
import { MAX_BLOCK_BYTES, MAX_BLOCK_RULE } from './blocks.ts';
import { LIST_CONTENTS, MAX_LIST_BYTES, MAX_LIST_FILES, MAX_LIST_SOURCES } from './lists.ts';
import { mediaRequestSchema } from './media.ts';
import type { COMMAND_OUTPUTS, EVENT_OUTPUTS, QUERY_OUTPUTS } from './outputs.ts';
import {
  contentHashSchema,
  countSchema,
  downloadIdSchema,
  extractedEditSchema,
  nameSchema,
  nodeIdSchema,
  savedIdSchema,
  searchIdSchema,
  sizeSchema,
  sourceIdSchema,
  webUrlSchema,
} from './schemas.ts';
import { SHARED_FILE_ORDERS } from './shared-files.ts';
import { MAX_GIVEN_SOURCES, SOURCE_USES } from './transfer.ts';
import { verdictSchema } from './votes.ts';

/**
 * What a face may ask of the engine and what the engine announces: input schemas here, output schemas in outputs.ts, which the engine's own
 * process need not load. A handler for each is a compile-time duty of whoever implements EngineApi.
 */

/** An address or invitation as typed by people: `host:port` or `shoal://NODEID@host:port`. */
const targetText = z.string().min(3).max(400);
const pathText = z.string().min(1).max(4096);
const wordsText = z.string().max(1000);
const empty = z.object({});

export const COMMANDS = {
  /** Starts a search; its results come as search.* events. Exactly one of `words` and `hash`. */
  'search.start': z.object({
    words: wordsText.exactOptional(),
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
      .max(MAX_GIVEN_SOURCES)
      .exactOptional(),
    maxSources: z.int().min(1).max(200).exactOptional(),
    /** Web servers that have it. `local`: the user lets the host lie in a local network. */
    web: z
      .array(z.object({ url: webUrlSchema, local: z.boolean().exactOptional() }))
      .max(MAX_LIST_SOURCES)
      .exactOptional(),
    /** Use only this peer. */
    only: nodeIdSchema.exactOptional(),
  }),
  'download.pause': z.object({ id: downloadIdSchema }),
  'download.resume': z.object({ id: downloadIdSchema }),
  'download.cancel': z.object({ id: downloadIdSchema }),
  /** Deletes the file of a finished one, and forgets it. */
  'download.discard': z.object({ id: downloadIdSchema }),
  /** `place` 1 is the next to run. */
  'download.move': z.object({ id: downloadIdSchema, place: z.int().min(1).max(100_000) }),
  /** `folder`: absolute; where the file will be, and what came of it until then. The answer comes when it is there. */
  'download.relocate': z.object({ id: downloadIdSchema, folder: pathText }),
  /** In force at once. `maxSources` null and `rate` 0 (bytes a second): the settings hold. What is not named stays as it is. */
  'download.set': z.object({
    id: downloadIdSchema,
    maxSources: z.int().min(1).max(200).nullable().exactOptional(),
    rate: z
      .int()
      .min(0)
      .max(2 ** 40)
      .exactOptional(),
  }),
  /**
   * Tries again at once what rests: sources that failed (not banned ones), the search for more, a failed download, one that waits for its
   * disk. `node`: of the sources this one alone, also when it is banned; it is asked little by little then, and its next fault bans it for longer.
   */
  'download.retry': z.object({ id: downloadIdSchema, node: sourceIdSchema.exactOptional() }),
  /**
   * Chooses a source by hand, kept over restarts. `never` ends what runs and skips it; `only` lets all others rest (it replaces an earlier
   * `only`, that of `download.add` too); `auto` takes either back.
   */
  'download.source': z.object({ id: downloadIdSchema, node: sourceIdSchema, use: z.enum(SOURCE_USES) }),
  /** Lets a web seed lie in a local network, which is refused else (web.local-address); kept over restarts. */
  'download.allow-local': z.object({ id: downloadIdSchema, url: webUrlSchema }),
  /** Forgets finished and failed downloads; their files stay. */
  'download.clear': empty,
  /** Forgets how downloads ended; neither downloads nor files change. */
  'history.clear': empty,
  /** Keeps a search; `watch` runs it again and again and tells what is new. */
  'saved.add': z.object({ words: wordsText, watch: z.boolean() }),
  /** Other words make it a new search: what was known of the old one is forgotten. */
  'saved.set': z.object({ id: savedIdSchema, watch: z.boolean().exactOptional(), words: wordsText.exactOptional() }),
  'saved.remove': z.object({ id: savedIdSchema }),
  /** The user looked: nothing is fresh any more. */
  'saved.seen': z.object({ id: savedIdSchema }),
  /** Limits one upload (`id` as `uploads` lists it), bytes a second, for as long as it goes on or waits; 0: the settings hold. */
  'upload.set': z.object({
    id: z.string().max(300),
    rate: z
      .int()
      .min(0)
      .max(2 ** 40),
  }),
  'share.add': z.object({ path: pathText }),
  'share.remove': z.object({ path: pathText }),
  /**
   * Shares one file of a shared folder no longer, or again. What is left out so stays so over restarts, until told otherwise; it lies where
   * it was. At most MAX_LEFT_OUT_FILES.
   */
  'share.file': z.object({ path: pathText, shared: z.boolean() }),
  /**
   * Changes what others are told of a shared file, field by field on top of earlier changes; null for a field leaves it out, null for all
   * goes back to what was found in the file. Holds for this content wherever it lies.
   */
  'share.describe': z.object({ hash: contentHashSchema, fields: extractedEditSchema.nullable() }),
  /** Adds the files of a list (Metalink 4) to the downloads. Fails with input.invalid when it is none. */
  'list.import': z.object({
    xml: z.string().max(MAX_LIST_BYTES),
    /** Absolute path of the finished file, for a list of one. */
    output: pathText.exactOptional(),
    maxSources: z.int().min(1).max(200).exactOptional(),
    /** The user lets web seeds lie in a local network. */
    local: z.boolean().exactOptional(),
  }),
  /**
   * What the user says that a file is; null takes it back. Others are told only while the setting votes.publish is on, and then of what is
   * said from then on.
   */
  'verdict.set': z.object({
    hash: contentHashSchema,
    size: sizeSchema,
    name: nameSchema.exactOptional(),
    verdict: verdictSchema.nullable(),
  }),
  /** A new key, and so a new NodeId, from the next start on; `cancel`: it stays who it is. Votes and credit of the old one are lost. */
  'identity.rotate': z.object({ cancel: z.boolean().exactOptional() }),
  /** A rule of what is not shown, fetched, shared or spoken to: `hash:`, `name:`, `address:`, `node:`. Fails with input.invalid. */
  'block.add': z.object({ rule: z.string().max(MAX_BLOCK_RULE) }),
  'block.remove': z.object({ rule: z.string().max(MAX_BLOCK_RULE) }),
  /** One rule a line; lines that are none are counted. */
  'block.import': z.object({ text: z.string().max(MAX_BLOCK_BYTES) }),
  /** Forgets what a peer or an address did, and ends its ban. Fails with input.invalid when there is nothing. */
  'strikes.forgive': z.object({ who: z.string().max(100) }),
  'settings.set': z.object({
    key: z.string().max(100),
    value: z.union([z.string().max(4096), z.number(), z.boolean()]),
  }),
} as const;

export const QUERIES = {
  status: empty,
  downloads: empty,
  'download.chunks': z.object({ id: downloadIdSchema }),
  /** How downloads ended, newest first: those before the entry `before` (the `next` of the page before). */
  history: z.object({ before: countSchema.exactOptional(), limit: z.int().min(1).max(500).exactOptional() }),
  uploads: empty,
  supernodes: empty,
  shares: empty,
  /**
   * A page of shared files after `after`, which is `next` of the page before, of the same order. `words`: only files that have words with
   * all of these beginnings (the first 10 count) in their name or descriptor. `order`: by hash, by name, the largest first, or those
   * first that others asked for most often.
   */
  'shares.files': z.object({
    words: z.string().max(200).exactOptional(),
    order: z.enum(SHARED_FILE_ORDERS).exactOptional(),
    after: z.string().max(8192).exactOptional(),
    limit: z.int().min(1).max(10_000).exactOptional(),
  }),
  /** How far scanning and hashing have come. */
  'library.progress': empty,
  /** Paths that `share.file` left out, in order. */
  'shares.hidden': empty,
  /** A list (Metalink 4) of what is shared, with this peer as the source, or of the downloads. */
  'list.export': z.object({ of: z.enum(LIST_CONTENTS) }),
  /** A list of these files; sources without a NodeId are left out of it. */
  'list.write': z.object({
    files: z
      .array(
        z.object({
          hash: contentHashSchema,
          size: sizeSchema,
          name: nameSchema,
          sources: z.array(targetText).max(MAX_LIST_SOURCES),
        }),
      )
      .max(MAX_LIST_FILES),
  }),
  /** What another peer shares; a page as it sends them. */
  browse: z.object({ target: targetText, after: contentHashSchema.exactOptional() }),
  settings: empty,
  /** A page of the block list; `after` is the `next` of the page before. */
  blocks: z.object({ after: countSchema.exactOptional(), limit: z.int().min(1).max(10_000).exactOptional() }),
  'blocks.export': empty,
  /** Who did what no honest peer does, the newest first. */
  strikes: empty,
  /** What a file can be shown as. */
  'media.type': mediaRequestSchema,
  network: empty,
  traffic: empty,
  saved: empty,
  /** What others say that a file is, as far as it is known; asks them in the background, and `opinion` tells what comes of it. */
  votes: z.object({ hash: contentHashSchema, size: sizeSchema }),
  /** The user's searches that can still be shown and continued, oldest first. */
  searches: empty,
  /**
   * A page of what a search has found, as it is now, in the order in which it came; `after` is the `next` of the page before. It may have
   * less than `limit` results and still a `next`.
   */
  'search.results': z.object({
    id: searchIdSchema,
    after: z.int().min(0).exactOptional(),
    limit: z.int().min(1).max(2000).exactOptional(),
  }),
} as const;

export type CommandName = keyof typeof COMMANDS;
export type QueryName = keyof typeof QUERIES;
export type CommandInput<N extends CommandName> = z.infer<(typeof COMMANDS)[N]>;
export type QueryInput<N extends QueryName> = z.infer<(typeof QUERIES)[N]>;

export type CommandOutputs = { readonly [N in CommandName]: Readonly<z.infer<(typeof COMMAND_OUTPUTS)[N]>> };
export type QueryOutputs = { readonly [N in QueryName]: Readonly<z.infer<(typeof QUERY_OUTPUTS)[N]>> };
export type EventName = keyof typeof EVENT_OUTPUTS;
export type Events = { readonly [N in EventName]: Readonly<z.infer<(typeof EVENT_OUTPUTS)[N]>> };

const EVENTS: { readonly [N in EventName]: true } = {
  library: true,
  'library.progress': true,
  parent: true,
  role: true,
  worlds: true,
  'search.hit': true,
  'search.wave': true,
  'search.end': true,
  'saved.found': true,
  'download.progress': true,
  'download.done': true,
  'download.failed': true,
  opinion: true,
  settings: true,
};
export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];

/** What engine.ts offers to every face. Both calls validate their input and throw AppError. */
export interface EngineApi {
  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutputs[N]>;
  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutputs[N]>;
  /** Calls `listener` on every such event until the returned function is called. */
  on<N extends EventName>(name: N, listener: (event: Events[N]) => void): () => void;
}
