import type { DownloadId } from '../../contract/ids.ts';
import type { FileCheck } from '../content/file-check.ts';
import type { Database, Statement } from '../ports/database.ts';

type Row = { sha256: string | null; piece_bytes: number | null; pieces: Uint8Array | null };

/** Which segments of a file were fetched, one bit each (content/chunk-map.ts). `segmentBytes` undefined: written by a version that did not tell. */
export type StoredSegments = { readonly fetched: Uint8Array; readonly segmentBytes: number | undefined };

/** What lists say of the bytes of downloads, and how much of those is here that have nothing else to be checked by. */
export class FileCheckStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async of(id: DownloadId): Promise<FileCheck | undefined> {
    const rows = await this.#database.all<Row>('SELECT sha256, piece_bytes, pieces FROM download_check WHERE id = ?', [
      id,
    ]);
    const [row] = rows;
    if (!row) return undefined;
    const { sha256, piece_bytes: bytes, pieces: hashes } = row;
    return {
      ...(sha256 === null ? {} : { sha256 }),
      ...(bytes === null || hashes === null ? {} : { pieces: { bytes, hashes } }),
    };
  }

  async fetched(id: DownloadId): Promise<StoredSegments | undefined> {
    const sql = 'SELECT fetched, segment_bytes FROM download_fetched WHERE id = ?';
    const [row] = await this.#database.all<{ fetched: Uint8Array; segment_bytes: number | null }>(sql, [id]);
    return row && { fetched: row.fetched, segmentBytes: row.segment_bytes ?? undefined };
  }

  async saveFetched(id: DownloadId, { fetched, segmentBytes }: StoredSegments): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO download_fetched (id, fetched, segment_bytes) VALUES (?, ?, ?)';
    await this.#database.transact([{ sql, params: [id, fetched, segmentBytes ?? null] }]);
  }
}

export const toCheckInsert = (id: DownloadId, { sha256, pieces }: FileCheck): Statement => ({
  sql: 'INSERT OR REPLACE INTO download_check (id, sha256, piece_bytes, pieces) VALUES (?, ?, ?, ?)',
  params: [id, sha256 ?? null, pieces?.bytes ?? null, pieces?.hashes ?? null],
});
