import { type ErrorCode, isErrorCode } from '../../contract/errors.ts';
import type { DownloadId } from '../../contract/ids.ts';
import { isWebUrl, type WebUrl } from '../../contract/web-url.ts';
import type { Database, Statement } from '../ports/database.ts';

export type StoredWebSeed = {
  readonly url: WebUrl;
  /** The user lets it lie in a local network. */
  readonly isLocalAllowed: boolean;
  readonly banned: ErrorCode | null;
  readonly bytes: number;
  /** The user wants no bytes of it. */
  readonly avoided: boolean;
};
type Row = { url: string; local_allowed: number; banned: string | null; bytes: number; avoided: number };

/** Web servers as sources of downloads, in the main database. */
export class WebSeedStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async of(id: DownloadId): Promise<StoredWebSeed[]> {
    const rows = await this.#database.all<Row>('SELECT * FROM download_web WHERE id = ?', [id]);
    return rows.flatMap(({ url, local_allowed, banned, bytes, avoided }) =>
      isWebUrl(url)
        ? {
            ...{ url, bytes, isLocalAllowed: local_allowed !== 0, avoided: avoided !== 0 },
            banned: banned !== null && isErrorCode(banned) ? banned : null,
          }
        : [],
    );
  }
}

export const toWebSeedInsert = (id: DownloadId, seed: StoredWebSeed): Statement => ({
  sql: 'INSERT OR REPLACE INTO download_web (id, url, local_allowed, banned, bytes, avoided) VALUES (?, ?, ?, ?, ?, ?)',
  params: [id, seed.url, Number(seed.isLocalAllowed), seed.banned, seed.bytes, Number(seed.avoided)],
});
