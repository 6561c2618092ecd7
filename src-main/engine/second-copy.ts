import { z } from 'zod';
import { fromHex, toHex } from '../contract/bytes.ts';
import { toAppError } from '../contract/errors.ts';
import { parseValue } from '../contract/parse-value.ts';
import {
  addressSchema,
  contentHashSchema,
  downloadIdSchema,
  errorCodeSchema,
  extractedEditSchema,
  nodeIdSchema,
  savedIdSchema,
  sizeSchema,
  sourceIdSchema,
  webUrlSchema,
} from '../contract/schemas.ts';
import { fromUtf8 } from '../contract/utf8.ts';
import type { FileCheck } from './content/file-check.ts';
import { JsonLists } from './json-lists.ts';
import type { Clock, FileSystem, Statement, Timer } from './ports/index.ts';
import { toEditUpsert } from './store/content-notes.ts';
import { type DownloadStore, type StoredDownload, toKeptInserts } from './store/download-store.ts';
import { toLeftOutUpsert } from './store/left-out-store.ts';
import { type LibraryStore, toFolderInsert } from './store/library-store.ts';
import { type SavedStore, toSavedUpsert } from './store/saved-store.ts';
import { DATA_FOLDER, type Troubles } from './troubles.ts';

type Deps = {
  readonly clock: Clock;
  readonly files: FileSystem;
  readonly troubles: Troubles;
  /** The data folder. */
  readonly folder: string;
  /** Of the file: neither more is written, nor read. */
  readonly maxBytes?: number;
};
type Stores = { readonly library: LibraryStore; readonly downloads: DownloadStore; readonly saved: SavedStore };

const FILE_NAME = 'shares-and-downloads.json';
/** A hundred thousand downloads. */
const MAX_BYTES = 64 * 2 ** 20;
/** Changes are written together after this: what is lost of them when the peer is killed is in the database. */
const WRITE_AFTER_MS = 1000;
/** A long one is written less often: it takes no more than this of a disk, and of the time of others, in the long run. */
const BYTES_PER_S = 2 ** 20;
/** A disk that took nothing is tried again after this. */
const RETRY_MS = 10_000;
/** Edits that are copied: 20 MiB of long ones. */
const EDITS = 20_000;
/** Enough to begin with: others are found by searching. Fewer of each download, or none, where there would be no room for all downloads. */
const SOURCES = [20, 5, 0];
const WEB_SEEDS = 20;
const WHO = 'second copy';

const targetSchema = z.object({ address: addressSchema, nodeId: nodeIdSchema.optional() });
/** Numbers are whole, as here and below: the database takes no others, and what it refuses would stop each start. */
const faultsSchema = z.object({
  reason: errorCodeSchema,
  count: z.int().min(1),
  ageMs: z.int().min(0),
  keptMs: z.int().nullable(),
});
/** `banned`: for ever, in copies of before bans had a term. */
const badness = {
  faults: faultsSchema.nullable().optional(),
  banned: errorCodeSchema.nullable().optional(),
};
const sourceSchema = z.object({
  nodeId: nodeIdSchema,
  addresses: z.array(addressSchema),
  sizes: z.array(sizeSchema),
  namedBy: z.array(nodeIdSchema),
  ...badness,
  bytes: z.int(),
  avoided: z.boolean().default(false),
});
const webSeedSchema = z.object({
  url: webUrlSchema,
  isLocalAllowed: z.boolean(),
  ...badness,
  bytes: z.int(),
  avoided: z.boolean(),
});
/** Hashes of pieces one after the other, as hex. */
const checkSchema = z.object({
  sha256: z.string().exactOptional(),
  pieces: z.object({ bytes: z.int().min(1), hashes: z.string().regex(/^([0-9a-f]{64})+$/) }).exactOptional(),
});
const downloadSchema = z.object({
  id: downloadIdSchema,
  hash: contentHashSchema.optional(),
  size: sizeSchema.optional(),
  name: z.string(),
  output: z.string().optional(),
  folder: z.string(),
  state: z.enum(['wanted', 'paused', 'failed']),
  reason: errorCodeSchema.nullable(),
  place: z.int(),
  maxSources: z.int().optional(),
  only: sourceIdSchema.optional(),
  finalPath: z.string().optional(),
  sizeGiven: z.boolean(),
  rateLimit: z.int().min(0).default(0),
  isAccepted: z.boolean().default(false),
  addedMs: z.int().optional(),
  given: z.array(targetSchema),
  sources: z.array(sourceSchema),
  /** Not in copies of before there were any. */
  webSeeds: z.array(webSeedSchema).default([]),
  check: checkSchema.optional(),
});
const copySchema = z.object({
  version: z.literal(1),
  folders: z.array(z.string()),
  // Not in copies of older versions.
  leftOut: z.array(z.string()).default([]),
  edits: z.array(z.object({ hash: contentHashSchema, edit: extractedEditSchema })).default([]),
  downloads: z.array(downloadSchema),
  /** Not in copies of before there were any. What they had found is not kept: the next run begins anew. */
  saved: z.array(z.object({ id: savedIdSchema, words: z.string(), watch: z.boolean() })).default([]),
});
type Copy = z.infer<typeof copySchema>;

/**
 * A second copy of what the user cannot get back if the database is damaged: the lists of shared folders, of files that are left out of them,
 * of changed descriptors, of unfinished downloads and of saved searches. All else can be found out anew: files are hashed again, parts too.
 * It lies beside the database, as JSON.
 */
export class SecondCopy {
  readonly #deps: Deps;
  readonly #path: string;
  #stores: Stores | undefined;
  #written: JsonLists | undefined;
  #notBeforeMs = 0;
  #isStopping = false;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#path = deps.files.paths.join(deps.folder, FILE_NAME);
  }

  /** What brings it back into an empty database; undefined when there is none that can be read. */
  async statements(): Promise<readonly Statement[] | undefined> {
    const { files, maxBytes = MAX_BYTES } = this.#deps;
    // One that cannot be read must not stop each start.
    const bytes = await files.readSmall(this.#path, maxBytes).catch(() => 'unreadable' as const);
    if (!bytes) return undefined;
    const copy = bytes === 'unreadable' ? undefined : parse(fromUtf8(bytes));
    // Somebody may be able to read more of it than this program.
    if (!copy) await files.rename(this.#path, `${this.#path}.damaged`);
    return copy && toStatements(copy);
  }

  /** From now on the file follows what these stores hold. */
  start(stores: Stores): void {
    this.#stores = stores;
    this.touch();
  }

  /** The lists have changed. */
  touch(): void {
    this.#writeAfter(Math.max(WRITE_AFTER_MS, this.#notBeforeMs - this.#deps.clock.monotonicMs()));
  }

  /** Writes what is due. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const isDue = this.#timer !== undefined;
    if (isDue) this.#writeNow();
    await this.#writing;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#stores = undefined;
  }

  #writeAfter(delayMs: number): void {
    if (this.#stores) this.#timer ??= this.#deps.clock.setTimer(delayMs, () => this.#writeNow());
  }

  #writeNow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { files, folder, troubles, clock } = this.#deps;
    this.#writing = this.#writing.then(async () => {
      try {
        const text = await this.#text();
        if (!text) return;
        this.#notBeforeMs = clock.monotonicMs() + (text.bytes / BYTES_PER_S) * 1000;
        if (this.#written && text.equals(this.#written)) return;
        await files.writeSmall(this.#path, await text.toBytes());
        this.#written = text;
        troubles.end(WHO);
      } catch (thrown) {
        troubles.begin(WHO, { ...DATA_FOLDER, folder }, toAppError(thrown));
        this.#writeAfter(RETRY_MS);
      }
    });
  }

  async #text(): Promise<JsonLists | undefined> {
    let text: JsonLists | undefined;
    for (const sources of SOURCES) {
      if (!this.#stores) return undefined;
      text = await this.#lists(this.#stores, sources);
      if (text.isWhole) break;
    }
    return text;
  }

  /** Downloads come last: of so many that there is no room even without sources, the last in line are not copied. */
  async #lists({ library, downloads, saved }: Stores, sources: number): Promise<JsonLists> {
    const { maxBytes = MAX_BYTES } = this.#deps;
    const text = new JsonLists({ version: 1, maxBytes, rest: () => this.#rest() });
    await text.add('folders', await library.folders());
    await text.add(
      'leftOut',
      (await library.leftOut.all()).map(({ path }) => path),
    );
    await text.add(
      'saved',
      (await saved.all()).map(({ id, words, watch }) => ({ id, words, watch })),
    );
    await text.add('edits', await library.notes.edits(EDITS));
    await text.add('downloads', copied(downloads, sources));
    return text;
  }

  /** When it ends, nobody waits for anything else. */
  async #rest(): Promise<void> {
    if (!this.#isStopping) await this.#deps.clock.sleep(0);
  }
}

/** Unfinished ones, with at most `most` peers each. */
async function* copied(downloads: DownloadStore, most: number): AsyncGenerator<object> {
  for (const download of await downloads.all()) {
    if (download.state === 'done') continue;
    const { id } = download;
    const sources = most === 0 ? [] : (await downloads.sources(id)).slice(0, most);
    const webSeeds = (await downloads.webSeeds.of(id)).slice(0, WEB_SEEDS);
    const check = toCopiedCheck(await downloads.checks.of(id));
    yield { ...download, given: await downloads.given(id), sources, webSeeds, check };
  }
}

function parse(text: string): Copy | undefined {
  try {
    return parseValue(copySchema, JSON.parse(text)).data;
  } catch {
    // No JSON: as bad as any other damage.
    return undefined;
  }
}

function toStatements({ folders, leftOut, edits, downloads, saved }: Copy): Statement[] {
  return [
    ...folders.map(toFolderInsert),
    ...leftOut.map((path) => toLeftOutUpsert({ path, identity: undefined, hash: undefined })),
    ...edits.map(({ hash, edit }) => toEditUpsert(hash, edit)),
    ...saved.map((search) => toSavedUpsert({ ...search, fresh: 0, lastRunMs: null, results: 0 })),
    ...downloads.flatMap(({ given, sources, webSeeds, check, ...download }) =>
      toKeptInserts({
        ...{ download: toStored(download), given, check: toCheck(check) },
        ...{ sources: sources.map(withFaults), webSeeds: webSeeds.map(withFaults) },
      }),
    ),
  ];
}

type CopiedFaults = { readonly [Key in keyof typeof badness]?: z.infer<(typeof badness)[Key]> };

function withFaults<T extends CopiedFaults>({ faults, banned, ...rest }: T) {
  const old = banned ? { reason: banned, count: 1, ageMs: 0, keptMs: null } : null;
  return { ...rest, faults: faults ?? old };
}

type CopiedCheck = z.infer<typeof checkSchema>;

function toCopiedCheck(check: FileCheck | undefined): CopiedCheck | undefined {
  if (!check?.pieces) return check && { ...(check.sha256 === undefined ? {} : { sha256: check.sha256 }) };
  const { bytes, hashes } = check.pieces;
  return { ...check, pieces: { bytes, hashes: toHex(hashes) } };
}

function toCheck(check: CopiedCheck | undefined): FileCheck | undefined {
  if (!check?.pieces) return check && { ...(check.sha256 === undefined ? {} : { sha256: check.sha256 }) };
  const { bytes, hashes } = check.pieces;
  return { ...check, pieces: { bytes, hashes: fromHex(hashes) } };
}

/** JSON leaves out what is undefined. */
function toStored(
  download: Omit<Copy['downloads'][number], 'given' | 'sources' | 'webSeeds' | 'check'>,
): StoredDownload {
  const { hash, size, output, maxSources, only, finalPath, addedMs } = download;
  return { ...download, hash, size, output, maxSources, only, finalPath, addedMs };
}
