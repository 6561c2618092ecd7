import { z } from 'zod';
import type { KnownPeer, PeerAddress, PeerTarget } from '../../contract/address.ts';
import { type ErrorCode, isErrorCode } from '../../contract/errors.ts';
import {
  type ContentHash,
  type DownloadId,
  isContentHash,
  isDownloadId,
  isNodeId,
  type NodeId,
} from '../../contract/ids.ts';
import { addressSchema, nodeIdSchema, peerSchema, sizeSchema } from '../../contract/schemas.ts';
import { isSourceId, type SourceId } from '../../contract/web-url.ts';
import type { FileCheck } from '../content/file-check.ts';
import type { Database, Statement } from '../ports/database.ts';
import { FileCheckStore, toCheckInsert } from './file-check-store.ts';
import { parseColumn } from './parse-column.ts';
import { type FaultsRow, type StoredFaults, toFaultColumns, toFaults } from './stored-faults.ts';
import { type StoredWebSeed, toWebSeedInsert, WebSeedStore } from './web-seed-store.ts';

export type StoredDownload = {
  readonly id: DownloadId;
  /** Undefined for one that a list names by other hashes, until it is whole. */
  readonly hash: ContentHash | undefined;
  readonly size: number | undefined;
  readonly name: string;
  /** Absolute path that the user chose, or undefined for one in `folder`. */
  readonly output: string | undefined;
  /** Where the part lies. */
  readonly folder: string;
  readonly state: 'wanted' | 'paused' | 'done' | 'failed';
  readonly reason: ErrorCode | null;
  readonly place: number;
  readonly maxSources: number | undefined;
  readonly only: SourceId | undefined;
  readonly finalPath: string | undefined;
  /** The size is the user's, not only what sources claim. */
  readonly sizeGiven: boolean;
  /** Bytes a second; 0 = the setting holds. */
  readonly rateLimit: number;
  /** The user wants it although it is a program under another name. */
  readonly isAccepted: boolean;
  /** Unix time, for showing; undefined when a version added it that did not note it. */
  readonly addedMs: number | undefined;
  /** Where a part of it may lie that is to be removed: one that was copied there and not used yet, or is not used any more. */
  readonly otherFolder?: string | undefined;
};
export type StoredProgress = { readonly layer: Uint8Array; readonly recorded: Uint8Array };
export type StoredSource = {
  readonly nodeId: NodeId;
  readonly addresses: readonly PeerAddress[];
  /** As of whoever named it last; undefined: not known. */
  readonly reachable?: boolean | undefined;
  readonly through?: KnownPeer | undefined;
  readonly sizes: readonly number[];
  readonly namedBy: readonly NodeId[];
  /** Null: none that is not forgiven. */
  readonly faults: StoredFaults | null;
  readonly bytes: number;
  /** The user wants no bytes of it. */
  readonly avoided: boolean;
};

/** What is known of the sources of a download. */
export type KeptSources = {
  readonly sources: readonly StoredSource[];
  readonly webSeeds: readonly StoredWebSeed[];
};
export type KeptDownload = KeptSources & {
  readonly download: StoredDownload;
  readonly given: readonly PeerTarget[];
  readonly check?: FileCheck | undefined;
};

type GivenRow = { host: string; port: number; node: string | null };
type DownloadRow = {
  id: string;
  hash: string;
  size: number | null;
  name: string;
  output: string | null;
  folder: string;
  state: string;
  reason: string | null;
  place: number;
  max_sources: number | null;
  only_node: string | null;
  final_path: string | null;
  size_given: number;
  rate_limit: number;
  accepted: number;
  added_ms: number | null;
  other_folder: string | null;
};
type SourceRow = FaultsRow & {
  node: string;
  addresses: string;
  sizes: string;
  named_by: string;
  bytes: number;
  avoided: number;
  ways: string | null;
};

const addressesSchema = z.array(addressSchema);
const sizesSchema = z.array(sizeSchema);
const namersSchema = z.array(nodeIdSchema);
const waysSchema = z.object({ reachable: z.boolean().exactOptional(), through: peerSchema.exactOptional() });

/** Downloads in the main database. */
export class DownloadStore {
  readonly checks: FileCheckStore;
  readonly webSeeds: WebSeedStore;
  readonly #database: Database;
  readonly #changed: () => void;

  /** `changed`: called when the list of downloads is another, or what is wanted of one. */
  constructor(database: Database, changed: () => void = () => {}) {
    this.#database = database;
    this.#changed = changed;
    this.checks = new FileCheckStore(database);
    this.webSeeds = new WebSeedStore(database);
  }

  async all(): Promise<StoredDownload[]> {
    const rows = await this.#database.all<DownloadRow>('SELECT * FROM downloads ORDER BY place, id');
    return rows.map(toDownload).filter((row) => row !== undefined);
  }

  /** `ended`: its end is kept in the history too, or nothing is. */
  async save(download: StoredDownload, ended: readonly Statement[] = []): Promise<void> {
    await this.#database.transact([toDownloadUpsert(download), ...ended]);
    this.#changed();
  }

  /** All or none. */
  async add(downloads: readonly KeptDownload[]): Promise<void> {
    await this.#database.transact(downloads.flatMap(toKeptInserts));
    this.#changed();
  }

  async remove(id: DownloadId): Promise<void> {
    await this.#database.transact([{ sql: 'DELETE FROM downloads WHERE id = ?', params: [id] }]);
    this.#changed();
  }

  async progress(id: DownloadId): Promise<StoredProgress | undefined> {
    const rows = await this.#database.all<{ layer: Uint8Array; recorded: Uint8Array }>(
      'SELECT layer, recorded FROM download_progress WHERE id = ?',
      [id],
    );
    return rows[0];
  }

  /** Which chunks were recorded, one bit each. */
  async recorded(id: DownloadId): Promise<Uint8Array | undefined> {
    const sql = 'SELECT recorded FROM download_progress WHERE id = ?';
    return (await this.#database.all<{ recorded: Uint8Array }>(sql, [id]))[0]?.recorded;
  }

  /** Stored before the first chunk is. */
  async saveLayer(id: DownloadId, layer: Uint8Array, recorded: Uint8Array): Promise<void> {
    await this.#database.transact([
      {
        sql: 'INSERT OR REPLACE INTO download_progress (id, layer, recorded) VALUES (?, ?, ?)',
        params: [id, layer, recorded],
      },
    ]);
  }

  async saveRecorded(id: DownloadId, recorded: Uint8Array): Promise<void> {
    await this.#database.transact([
      { sql: 'UPDATE download_progress SET recorded = ? WHERE id = ?', params: [recorded, id] },
    ]);
  }

  async sources(id: DownloadId): Promise<StoredSource[]> {
    const rows = await this.#database.all<SourceRow>('SELECT * FROM download_sources WHERE id = ?', [id]);
    return rows.map(toSource).filter((row) => row !== undefined);
  }

  /** Sources that the user gave. */
  async given(id: DownloadId): Promise<PeerTarget[]> {
    const rows = await this.#database.all<GivenRow>('SELECT host, port, node FROM download_given WHERE id = ?', [id]);
    return rows.map(({ host, port, node }) => ({
      address: { host, port },
      nodeId: node !== null && isNodeId(node) ? node : undefined,
    }));
  }

  async saveGiven(id: DownloadId, targets: readonly PeerTarget[]): Promise<void> {
    await this.#database.transact(targets.map((target) => toGivenInsert(id, target)));
    this.#changed();
  }

  async saveSources(
    id: DownloadId,
    sources: readonly StoredSource[],
    webSeeds: readonly StoredWebSeed[] = [],
  ): Promise<void> {
    await this.#database.transact(toSourceInserts(id, { sources, webSeeds }));
  }
}

/** In the column of the ContentHash, which always had one when it was made. */
const NO_HASH = '';

function toDownloadUpsert(download: StoredDownload): Statement {
  const { id, hash, name, folder, state, reason, place, rateLimit } = download;
  const { size, output, maxSources, only, finalPath, addedMs, otherFolder } = download;
  const rest = [size, output, maxSources, only, finalPath, addedMs, otherFolder].map((value) => value ?? null);
  return {
    sql: `INSERT INTO downloads (id, hash, name, folder, state, reason, place, size, output, max_sources, only_node, final_path, added_ms,
            other_folder, size_given, rate_limit, accepted)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, name = excluded.name, folder = excluded.folder, state = excluded.state,
            reason = excluded.reason, place = excluded.place, size = excluded.size, output = excluded.output,
            other_folder = excluded.other_folder, final_path = excluded.final_path,
            max_sources = excluded.max_sources, only_node = excluded.only_node, rate_limit = excluded.rate_limit,
            accepted = excluded.accepted`,
    params: [
      ...[id, hash ?? NO_HASH, name, folder, state, reason, place, ...rest],
      ...[Number(download.sizeGiven), rateLimit, Number(download.isAccepted)],
    ],
  };
}

export const toKeptInserts = ({ download, given, check, ...kept }: KeptDownload): Statement[] => [
  toDownloadUpsert(download),
  ...given.map((target) => toGivenInsert(download.id, target)),
  ...toSourceInserts(download.id, kept),
  ...(check ? [toCheckInsert(download.id, check)] : []),
];

const toSourceInserts = (id: DownloadId, { sources, webSeeds }: KeptSources): Statement[] => [
  ...sources.map((source) => toSourceInsert(id, source)),
  ...webSeeds.map((seed) => toWebSeedInsert(id, seed)),
];

const toGivenInsert = (id: DownloadId, { address, nodeId }: PeerTarget): Statement => ({
  sql: 'INSERT OR REPLACE INTO download_given (id, host, port, node) VALUES (?, ?, ?, ?)',
  params: [id, address.host, address.port, nodeId ?? null],
});

const toSourceInsert = (id: DownloadId, source: StoredSource): Statement => ({
  sql: 'INSERT OR REPLACE INTO download_sources (id, node, addresses, sizes, named_by, banned, faults, fault_age_ms, fault_kept_ms, bytes, avoided, ways) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  params: [
    ...[id, source.nodeId],
    ...[source.addresses, source.sizes, source.namedBy].map((list) => JSON.stringify(list)),
    ...toFaultColumns(source.faults),
    ...[source.bytes, Number(source.avoided)],
    // Most sources can be reached, or nothing is known of it.
    toWays(source),
  ],
});

function toWays({ reachable, through }: StoredSource): string | null {
  return reachable === undefined && through === undefined ? null : JSON.stringify({ reachable, through });
}

function toDownload(row: DownloadRow): StoredDownload | undefined {
  const { id, hash, state } = row;
  const known = state === 'wanted' || state === 'paused' || state === 'done' || state === 'failed';
  if (!isDownloadId(id) || !(isContentHash(hash) || hash === NO_HASH) || !known) return undefined;
  return {
    id,
    hash: isContentHash(hash) ? hash : undefined,
    state,
    size: row.size ?? undefined,
    name: row.name,
    output: row.output ?? undefined,
    folder: row.folder,
    reason: row.reason !== null && isErrorCode(row.reason) ? row.reason : null,
    place: row.place,
    maxSources: row.max_sources ?? undefined,
    only: row.only_node !== null && isSourceId(row.only_node) ? row.only_node : undefined,
    finalPath: row.final_path ?? undefined,
    sizeGiven: row.size_given !== 0,
    rateLimit: row.rate_limit,
    isAccepted: row.accepted !== 0,
    addedMs: row.added_ms ?? undefined,
    otherFolder: row.other_folder ?? undefined,
  };
}

/** Undefined for a row that a newer or broken program wrote: who has the file is found again by searching. */
function toSource(row: SourceRow): StoredSource | undefined {
  const addresses = parseColumn(addressesSchema, row.addresses);
  const sizes = parseColumn(sizesSchema, row.sizes);
  const namedBy = parseColumn(namersSchema, row.named_by);
  const ways = parseColumn(waysSchema, row.ways ?? '{}');
  if (!isNodeId(row.node) || !addresses || !sizes || !namedBy || !ways) return undefined;
  return {
    nodeId: row.node,
    ...{ addresses, sizes, namedBy },
    reachable: ways.reachable,
    through: ways.through,
    faults: toFaults(row),
    bytes: row.bytes,
    avoided: row.avoided !== 0,
  };
}
