import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import type { SharedFileOrder } from '../../contract/shared-files.ts';
import { foldWords, isCjk } from '../fold.ts';
import type { Database, SqlValue } from '../ports/index.ts';
import { type FileRow, type LibraryFile, toFile } from './library-file.ts';

/** Where a page begins: after the file with this path, and with `key` as what the order goes by. */
export type FilePlace =
  | { readonly order: 'hash'; readonly hash: ContentHash; readonly size: number; readonly path: string }
  | { readonly order: 'name'; readonly key: string; readonly path: string }
  | { readonly order: 'size' | 'asked'; readonly key: number; readonly path: string };
export type PageQuery = {
  readonly after?: FilePlace | undefined;
  readonly words?: string | undefined;
  readonly order: SharedFileOrder;
  readonly limit: number;
};
export type ListedFile = LibraryFile & { readonly asked: number };
export type FilePage = { readonly files: readonly ListedFile[]; readonly next: FilePlace | undefined };

/** More words are not compared: each makes a statement of its own. */
const MAX_WORDS = 10;

/** What falls is ordered by its negative. */
const ORDERS = {
  hash: { index: 'hash', after: '(hash, size, path) > (?, ?, ?)', by: 'hash, size, path' },
  name: { index: 'name', after: '(name_key, path) > (?, ?)', by: 'name_key, path' },
  size: { index: 'size', after: '(size_key, path) > (?, ?)', by: 'size_key, path' },
  asked: { index: 'asked', after: '(asked_key, path) > (?, ?)', by: 'asked_key, path' },
} as const satisfies Record<SharedFileOrder, object>;

/** One page of the shared files, in any order. */
export async function readLibraryPage(database: Database, query: PageQuery): Promise<FilePage> {
  const { order, after, limit } = query;
  const needles = toNeedles(query.words ?? '');
  const { index, after: condition, by } = ORDERS[order];
  const sql = `SELECT * FROM shared_files INDEXED BY shared_files_by_${index} WHERE shared = 1 AND ${condition}
    ${needles.length > 0 ? matching(needles) : ''} ORDER BY ${by} LIMIT ?`;
  const rows = await database.all<FileRow & { name_key: string }>(sql, [...toParams(order, after), ...needles, limit]);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const files = rows.flatMap((row) => {
    const file = toFile(row);
    return file ? [{ ...file, asked: row.asked }] : [];
  });
  return { files, next: last && toPlace(order, last) };
}

/** Text for the page of a face, which gives it back as it is. */
export function formatPlace(place: FilePlace): string {
  return place.order === 'hash'
    ? `${place.hash}:${place.size}:${place.path}`
    : JSON.stringify([place.order, place.key, place.path]);
}

/** Undefined for anything that is no place of this order: the page is the first one then. */
export function parsePlace(text: string, order: SharedFileOrder): FilePlace | undefined {
  if (order === 'hash') {
    const [, hash = '', size, path = ''] = /^([0-9a-f]{64}):(\d{1,16}):(.*)$/s.exec(text) ?? [];
    return isContentHash(hash) ? { order, hash, size: Number(size), path } : undefined;
  }
  const [kind, key, path]: readonly unknown[] = parseList(text);
  if (kind !== order || typeof path !== 'string') return undefined;
  if (order === 'name') return typeof key === 'string' ? { order, key, path } : undefined;
  return typeof key === 'number' ? { order, key, path } : undefined;
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    // Not ours: the first page.
    return [];
  }
}

function matching(needles: readonly string[]): string {
  const all = needles.map(() => 'AND instr(folded, ?) > 0').join(' ');
  return `AND +rowid IN (SELECT rowid FROM shared_files INDEXED BY shared_files_by_words WHERE shared = 1 ${all})`;
}

/** What stands in `folded`: words from their beginning, Chinese, Japanese and Korean ones from anywhere. */
function toNeedles(words: string): string[] {
  const folded = foldWords(words).slice(0, MAX_WORDS);
  return folded.map((word) => (isCjk(word) ? word : ` ${word}`));
}

function toParams(order: SharedFileOrder, after: FilePlace | undefined): SqlValue[] {
  if (order === 'hash') return after?.order === 'hash' ? [after.hash, after.size, after.path] : ['', 0, ''];
  if (order === 'name') return after?.order === 'name' ? [after.key, after.path] : ['', ''];
  return after?.order === order ? [-after.key, after.path] : [-Number.MAX_SAFE_INTEGER, ''];
}

function toPlace(order: SharedFileOrder, row: FileRow & { readonly name_key: string }): FilePlace | undefined {
  const { path, size, hash } = row;
  if (order === 'hash') return isContentHash(hash) ? { order, hash, size, path } : undefined;
  return order === 'name' ? { order, key: row.name_key, path } : { order, key: row[order], path };
}
