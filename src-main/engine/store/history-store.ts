import { isErrorCode } from '../../contract/errors.ts';
import { isContentHash } from '../../contract/ids.ts';
import { type HistoryEntry, OUTCOMES } from '../../contract/transfer.ts';
import type { Database, Statement } from '../ports/database.ts';

export type EndedDownload = Omit<HistoryEntry, 'id'>;
export type HistoryPage = { readonly entries: readonly HistoryEntry[]; readonly next: number | null };

type Row = {
  id: number;
  hash: string;
  name: string;
  size: number | null;
  outcome: string;
  path: string | null;
  reason: string | null;
  ended_ms: number;
  bytes: number;
};

/** How downloads ended, in the main database; entries come in with the end itself (DownloadStore.save). */
export class HistoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest entries older than `before`, newest first. */
  async page(before: number | undefined, limit: number): Promise<HistoryPage> {
    const rows = await this.#database.all<Row>('SELECT * FROM history WHERE id < ? ORDER BY id DESC LIMIT ?', [
      before ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    ]);
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? (shown.at(-1)?.id ?? null) : null;
    return { entries: shown.map(toEntry).filter((entry) => entry !== undefined), next };
  }

  /** Keeps only the newest so many. */
  async prune(keep: number): Promise<void> {
    await this.#database.transact([toPrune(keep)]);
  }

  /** Forgets all; returns how many. */
  async clear(): Promise<number> {
    const [cleared = 0] = await this.#database.transact([{ sql: 'DELETE FROM history' }]);
    return cleared;
  }
}

/** Adds an entry and keeps the newest `keep`. */
export function toHistoryInsert(ended: EndedDownload, keep: number): readonly Statement[] {
  const { hash, name, size, outcome, path, reason, endedMs, bytes } = ended;
  return [
    {
      sql: `INSERT INTO history (hash, name, size, outcome, path, reason, ended_ms, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      params: [hash ?? '', name, size, outcome, path, reason, endedMs, bytes],
    },
    toPrune(keep),
  ];
}

const toPrune = (keep: number): Statement => ({
  sql: 'DELETE FROM history WHERE id <= (SELECT id FROM history ORDER BY id DESC LIMIT 1 OFFSET ?)',
  params: [keep],
});

function toEntry({ ended_ms: endedMs, hash, outcome: text, reason, ...row }: Row): HistoryEntry | undefined {
  const outcome = OUTCOMES.find((known) => known === text);
  if (outcome === undefined) return undefined;
  return {
    ...row,
    hash: isContentHash(hash) ? hash : null,
    outcome,
    endedMs,
    reason: reason !== null && isErrorCode(reason) ? reason : null,
  };
}
