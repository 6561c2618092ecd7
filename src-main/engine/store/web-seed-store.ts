import type { DownloadId } from '../../contract/ids.ts';
import { isWebUrl, type WebUrl } from '../../contract/web-url.ts';
import type { Database, Statement } from '../ports/database.ts';
import { type FaultsRow, type StoredFaults, toFaultColumns, toFaults } from './stored-faults.ts';

export type StoredWebSeed = {
  readonly url: WebUrl;
  /** The user lets it lie in a local network. */
  readonly isLocalAllowed: boolean;
  /** Null: none that is not forgiven. */
  readonly faults: StoredFaults | null;
  readonly bytes: number;
  /** The user wants no bytes of it. */
  readonly avoided: boolean;
};
type Row = FaultsRow & { url: string; local_allowed: number; bytes: number; avoided: number };

/** Web servers as sources of downloads, in the main database. */
export class WebSeedStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async of(id: DownloadId): Promise<StoredWebSeed[]> {
    const rows = await this.#database.all<Row>('SELECT * FROM download_web WHERE id = ?', [id]);
    return rows.flatMap(({ url, local_allowed, bytes, avoided, ...row }) =>
      isWebUrl(url)
        ? {
            ...{ url, bytes, isLocalAllowed: local_allowed !== 0, avoided: avoided !== 0 },
            faults: toFaults(row),
          }
        : [],
    );
  }
}

export const toWebSeedInsert = (id: DownloadId, seed: StoredWebSeed): Statement => ({
  sql: 'INSERT OR REPLACE INTO download_web (id, url, local_allowed, banned, faults, fault_age_ms, fault_kept_ms, bytes, avoided) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  params: [
    ...[id, seed.url, Number(seed.isLocalAllowed)],
    ...toFaultColumns(seed.faults),
    ...[seed.bytes, Number(seed.avoided)],
  ],
});
