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
import { fromUtf8, toUtf8 } from '../contract/utf8.ts';
import type { FileCheck } from './content/file-check.ts';
import type { Clock, FileSystem, Statement, Timer } from './ports/index.ts';
import { type StoredEdit, toEditUpsert } from './store/content-notes.ts';
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
};
type Stores = { readonly library: LibraryStore; readonly downloads: DownloadStore; readonly saved: SavedStore };

const FILE_NAME = 'shares-and-downloads.json';
/** A hundred thousand downloads. */
const MAX_BYTES = 64 * 2 ** 20;
/** Changes are written together after this: what is lost of them when the peer is killed is in the database. */
const WRITE_AFTER_MS = 1000;
/** A disk that took nothing is tried again after this. */
const RETRY_MS = 10_000;
/** Edits that are copied: 20 MiB of long ones. */
const EDITS = 20_000;
/** Enough to begin with: others are found by searching. */
const SOURCES = 20;
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
  #written: string | undefined;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#path = deps.files.paths.join(deps.folder, FILE_NAME);
  }

  /** What brings it back into an empty database; undefined when there is none that can be read. */
  async statements(): Promise<readonly Statement[] | undefined> {
    const { files } = this.#deps;
    const bytes = await files.readSmall(this.#path, MAX_BYTES);
    if (!bytes) return undefined;
    const copy = parse(fromUtf8(bytes));
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
    this.#writeAfter(WRITE_AFTER_MS);
  }

  /** Writes what is due. */
  async stop(): Promise<void> {
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
    const { files, folder, troubles } = this.#deps;
    this.#writing = this.#writing.then(async () => {
      try {
        const text = await this.#text();
        if (text === undefined || text === this.#written) return;
        await files.writeSmall(this.#path, toUtf8(text));
        this.#written = text;
        troubles.end(WHO);
      } catch (thrown) {
        troubles.begin(WHO, { ...DATA_FOLDER, folder }, toAppError(thrown));
        this.#writeAfter(RETRY_MS);
      }
    });
  }

  async #text(): Promise<string | undefined> {
    if (!this.#stores) return undefined;
    const { library, downloads, saved } = this.#stores;
    const folders = await library.folders();
    const leftOut = (await library.leftOut.all()).map(({ path }) => path);
    const edits: readonly StoredEdit[] = await library.notes.edits(EDITS);
    const copied: object[] = [];
    for (const download of await downloads.all()) {
      if (download.state === 'done') continue;
      const sources = (await downloads.sources(download.id)).slice(0, SOURCES);
      const webSeeds = (await downloads.webSeeds.of(download.id)).slice(0, SOURCES);
      const check = toCopiedCheck(await downloads.checks.of(download.id));
      copied.push({ ...download, given: await downloads.given(download.id), sources, webSeeds, check });
    }
    const searches = (await saved.all()).map(({ id, words, watch }) => ({ id, words, watch }));
    const copy = { version: 1, folders, leftOut, edits, downloads: copied, saved: searches };
    return `${JSON.stringify(copy, null, 1)}\n`;
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
