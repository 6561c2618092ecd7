import type { DownloadId } from '../../contract/ids.ts';
import type { FileCheck } from '../content/file-check.ts';
import type { Database, Statement } from '../ports/database.ts';

type Row = { sha256: string | null; piece_bytes: number | null; pieces: Uint8Array | null };

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

  /** Which segments of the file were fetched, one bit each. */
  async fetched(id: DownloadId): Promise<Uint8Array | undefined> {
    const sql = 'SELECT fetched FROM download_fetched WHERE id = ?';
    return (await this.#database.all<{ fetched: Uint8Array }>(sql, [id]))[0]?.fetched;
  }

  async saveFetched(id: DownloadId, fetched: Uint8Array): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO download_fetched (id, fetched) VALUES (?, ?)';
    await this.#database.transact([{ sql, params: [id, fetched] }]);
  }
}

export const toCheckInsert = (id: DownloadId, { sha256, pieces }: FileCheck): Statement => ({
  sql: 'INSERT OR REPLACE INTO download_check (id, sha256, piece_bytes, pieces) VALUES (?, ?, ?, ?)',
  params: [id, sha256 ?? null, pieces?.bytes ?? null, pieces?.hashes ?? null],
});
