import type { FileType } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { SqlValue } from '../ports/index.ts';
import { type FtsToken, toFtsMatch } from './fts-match.ts';
import type { SqlConnection } from './sql-connection.ts';

/** One file of one child. `words` is folded text; `tokens` what is looked up of it; `descriptor` is JSON. */
export type IndexedFile = {
  readonly id: number;
  readonly hash: ContentHash;
  readonly size: number;
  readonly type: FileType;
  readonly year: number | null;
  readonly words: string;
  readonly tokens: string;
  readonly descriptor: string;
};
export type FoundFile = Pick<IndexedFile, 'id' | 'hash' | 'size' | 'words'>;
export type ContentRow = Pick<IndexedFile, 'id' | 'hash' | 'size'>;
export type HeldFile = Pick<IndexedFile, 'id' | 'hash' | 'size' | 'words' | 'descriptor'>;
export type IdRange = { readonly from: number; readonly to: number };
/** At most `limit` rows of a range. */
export type Page = IdRange & { readonly limit: number };
/** What a row must be beside having tokens. `has`, `lacks`: texts in `words`; undefined: anything. */
export type RowFilter = {
  readonly type: FileType | undefined;
  readonly minBytes: number | undefined;
  readonly maxBytes: number | undefined;
  readonly yearFrom: number | undefined;
  readonly yearTo: number | undefined;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
};

/** Bound numbers beyond 31 bits arrive as doubles, which FTS5 does not take as bounds of rowids: hence the casts below. */
const FILES = `CREATE TABLE file (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL, size INTEGER NOT NULL, type TEXT NOT NULL, year INTEGER, words TEXT NOT NULL,
  descriptor TEXT NOT NULL) STRICT`;
const INSERT = 'INSERT INTO file (id, hash, size, type, year, words, descriptor) VALUES (?, ?, ?, ?, ?, ?, ?)';
const DELETE = 'DELETE FROM file WHERE id = ?';
const DELETE_RANGE = 'DELETE FROM file WHERE id BETWEEN ? AND ?';
const IN_RANGE = 'SELECT id, hash, words FROM file WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?';
const AMONG = 'FROM file WHERE id IN (SELECT value FROM json_each(?))';
const HELD = `SELECT id, hash, size, words, descriptor ${AMONG}`;
const CONTENTS = `SELECT id, hash, size ${AMONG} ORDER BY id`;
const DESCRIPTORS = `SELECT id, descriptor ${AMONG}`;

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
 * The tables of a supernode's index. Words lie in several full-text tables (shards): a query takes one after the other and stops
 * when it has enough, where a single table would first gather every row of a prefix. They keep no copy of the text, and no
 * positions: order and neighbourhood are checked on `file.words`.
 */
export class IndexStore {
  readonly #sql: SqlConnection;
  readonly #shards: readonly ShardSql[];

  /** The database must be empty. */
  constructor(sql: SqlConnection, shards: number) {
    this.#sql = sql;
    this.#shards = Array.from({ length: shards }, (_, shard) => shardSql(shard));
    for (const text of [FILES, ...this.#shards.flatMap(({ create }) => create)]) sql.run(text);
  }

  begin(): void {
    this.#sql.run('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.#sql.run('COMMIT');
  }

  rollback(): void {
    this.#sql.run('ROLLBACK');
  }

  insert(shard: number, file: IndexedFile): void {
    const { id, hash, size, type, year, words, tokens, descriptor } = file;
    this.#sql.run(INSERT, [id, hash, size, type, year, words, descriptor]);
    this.#sql.run(this.#shard(shard).insert, [id, tokens]);
  }

  /** `tokens` must be those that were inserted. */
  remove(shard: number, { id, tokens }: Pick<IndexedFile, 'id' | 'tokens'>): void {
    this.#sql.run(DELETE, [id]);
    this.removeTokens(shard, { id, tokens });
  }

  /** Takes a row out of the full text alone: `removeRange` takes many out of the other table at once. */
  removeTokens(shard: number, { id, tokens }: Pick<IndexedFile, 'id' | 'tokens'>): void {
    this.#sql.run(this.#shard(shard).remove, [id, tokens]);
  }

  removeRange({ from, to }: IdRange): void {
    this.#sql.run(DELETE_RANGE, [from, to]);
  }

  /** The first `limit` rows of a range. */
  inRange({ from, to }: IdRange, limit: number): Pick<IndexedFile, 'id' | 'hash' | 'words'>[] {
    return this.#sql.all(IN_RANGE, [from, to, limit]);
  }

  held(ids: readonly number[]): HeldFile[] {
    return this.#sql.all(HELD, [JSON.stringify(ids)]);
  }

  contents(ids: readonly number[]): ContentRow[] {
    return this.#sql.all(CONTENTS, [JSON.stringify(ids)]);
  }

  descriptors(ids: readonly number[]): Pick<IndexedFile, 'id' | 'descriptor'>[] {
    return this.#sql.all(DESCRIPTORS, [JSON.stringify(ids)]);
  }

  /** Ids of rows that have all tokens, ascending. */
  matchIds(shard: number, tokens: readonly FtsToken[], { from, to, limit }: Page): number[] {
    return this.#sql.column(this.#shard(shard).matchIds, [toFtsMatch(tokens), from, to, limit]);
  }

  /** Rows that have all tokens, ascending. */
  match(shard: number, tokens: readonly FtsToken[], { from, to, limit }: Page): FoundFile[] {
    return this.#sql.all(this.#shard(shard).match, [toFtsMatch(tokens), from, to, limit]);
  }

  /** Those of `ids` that pass, ascending. */
  filter(ids: readonly number[], filter: RowFilter): FoundFile[] {
    const conditions: string[] = [];
    const params: SqlValue[] = [JSON.stringify(ids)];
    const where = (condition: string, value: SqlValue | undefined) => {
      if (value === undefined) return;
      conditions.push(` AND ${condition}`);
      params.push(value);
    };
    where('type = ?', filter.type);
    where('size >= ?', filter.minBytes);
    where('size <= ?', filter.maxBytes);
    where('year >= ?', filter.yearFrom);
    where('year <= ?', filter.yearTo);
    for (const text of filter.has) where('instr(words, ?) > 0', text);
    for (const text of filter.lacks) where('instr(words, ?) = 0', text);
    const sql = `SELECT id, hash, size, words ${AMONG}${conditions.join('')} ORDER BY id`;
    return this.#sql.all(sql, params);
  }

  /** A small part of the merging that keeps queries fast; false when none was due. */
  mergeStep(shard: number): boolean {
    const before = this.#totalChanges();
    this.#sql.run(this.#shard(shard).merge);
    // Looking whether there is something to merge changes one row.
    return this.#totalChanges() - before > 1;
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

type ShardSql = Readonly<Record<'insert' | 'remove' | 'matchIds' | 'match' | 'merge', string>> & {
  readonly create: readonly string[];
};

/** Words are folded before they come here: the `ascii` tokenizer then cuts at our spaces and nowhere else. */
function shardSql(shard: number): ShardSql {
  const table = `words_${shard}`;
  const matchIds = `SELECT rowid FROM ${table} WHERE ${table} MATCH ?
    AND rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER) ORDER BY rowid LIMIT ?`;
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
    matchIds,
    match: `SELECT id, hash, size, words FROM (${matchIds}) AS found CROSS JOIN file ON file.id = found.rowid`,
    merge: command('merge', MERGE_PAGES),
  };
}
