import { type FtsToken, toFtsMatch } from './fts-match.ts';
import type { SqlConnection } from './sql-connection.ts';

/** What is looked up of one file: `tokens` with spaces between. */
export type IndexedText = { readonly id: number; readonly tokens: string };
export type IdRange = { readonly from: number; readonly to: number };
/** At most `limit` rows of a range. */
export type Page = IdRange & { readonly limit: number };

/**
 * Segments that FTS5 may pile up before it merges them itself, in the middle of an insert: the index merges earlier, between its
 * other work (`mergeStep`).
 */
const CRISIS_SEGMENTS = 200;
/** Segments of one level that a merge waits for. More cost every query, fewer cost more merging: 4 is FTS5's own default. */
const MERGED_SEGMENTS = 4;
/** Pages of 4 KiB written by one step of a merge: less than 1 ms. */
const MERGE_PAGES = 8;

/**
 * The full text of a supernode's index: which rows have which tokens. It lies in several tables (shards): a query takes one after the
 * other and stops when it has enough, where a single table would first gather every row of a prefix. They keep no copy of the text, and
 * no positions: order and neighbourhood are checked on the rows.
 */
export class IndexStore {
  readonly #sql: SqlConnection;
  readonly #shards: readonly ShardSql[];

  /** The database must be empty. */
  constructor(sql: SqlConnection, shards: number) {
    this.#sql = sql;
    this.#shards = Array.from({ length: shards }, (_, shard) => shardSql(shard));
    for (const text of this.#shards.flatMap(({ create }) => create)) sql.run(text);
  }

  /** All or none. */
  insert(shard: number, texts: readonly IndexedText[]): void {
    this.#forEach(this.#shard(shard).insert, texts);
  }

  /** All or none; `tokens` must be those that were inserted. */
  remove(shard: number, texts: readonly IndexedText[]): void {
    this.#forEach(this.#shard(shard).remove, texts);
  }

  /** Ids of rows that have all tokens, ascending. */
  matchIds(shard: number, tokens: readonly FtsToken[], { from, to, limit }: Page): number[] {
    return this.#sql.column(this.#shard(shard).matchIds, [toFtsMatch(tokens), from, to, limit]);
  }

  /** A small part of the merging that keeps queries fast; false when none was due. */
  mergeStep(shard: number): boolean {
    const before = this.#totalChanges();
    this.#sql.run(this.#shard(shard).merge);
    // Looking whether there is something to merge changes one row.
    return this.#totalChanges() - before > 1;
  }

  #forEach(sql: string, texts: readonly IndexedText[]): void {
    this.#sql.run('BEGIN IMMEDIATE');
    let isDone = false;
    try {
      for (const { id, tokens } of texts) this.#sql.run(sql, [id, tokens]);
      this.#sql.run('COMMIT');
      isDone = true;
    } finally {
      if (!isDone) this.#sql.run('ROLLBACK');
    }
  }

  #totalChanges(): number {
    return this.#sql.column<number>('SELECT total_changes()')[0] ?? 0;
  }

  #shard(shard: number): ShardSql {
    const sql = this.#shards[shard];
    if (sql === undefined) throw new RangeError(`no shard ${shard}`);
    return sql;
  }
}

type ShardSql = Readonly<Record<'insert' | 'remove' | 'matchIds' | 'merge', string>> & {
  readonly create: readonly string[];
};

/**
 * Words are folded before they come here: the `ascii` tokenizer then cuts at our spaces and nowhere else. Bound numbers beyond 31 bits
 * arrive as doubles, which FTS5 does not take as bounds of rowids: hence the casts.
 */
function shardSql(shard: number): ShardSql {
  const table = `words_${shard}`;
  const command = (name: string, value: number) => `INSERT INTO ${table} (${table}, rank) VALUES ('${name}', ${value})`;
  return {
    create: [
      `CREATE VIRTUAL TABLE ${table} USING fts5 (words, content='', columnsize=0, detail=none, tokenize='ascii')`,
      command('automerge', 0),
      command('usermerge', MERGED_SEGMENTS),
      command('crisismerge', CRISIS_SEGMENTS),
    ],
    insert: `INSERT INTO ${table} (rowid, words) VALUES (?, ?)`,
    remove: `INSERT INTO ${table} (${table}, rowid, words) VALUES ('delete', ?, ?)`,
    matchIds: `SELECT rowid FROM ${table} WHERE ${table} MATCH ?
      AND rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER) ORDER BY rowid LIMIT ?`,
    merge: command('merge', MERGE_PAGES),
  };
}
