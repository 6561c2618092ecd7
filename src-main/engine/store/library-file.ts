import {
  type Descriptor,
  type Extracted,
  type ExtractedEdit,
  FILE_TYPES,
  type FileType,
} from '../../contract/descriptor.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import { extractedEditSchema, extractedSchema } from '../../contract/schemas.ts';
import { fold } from '../fold.ts';
import type { FileStat, Statement } from '../ports/index.ts';
import { parseColumn } from './parse-column.ts';

/**
 * A file as it was when it was hashed. `stat.kind` is always 'file'. `folder` names the shared folder that it belongs to, `extracted` is
 * what was found in it; `edit`, what the user changed of that, belongs to its content and is not saved with it.
 */
export type LibraryFile = {
  readonly path: string;
  readonly parent: string;
  readonly folder: string;
  readonly stat: FileStat;
  readonly hash: ContentHash;
  readonly type: FileType;
  readonly name: string;
  readonly extracted: Extracted;
  readonly edit?: ExtractedEdit;
  readonly isShared: boolean;
};

export type FileRow = {
  path: string;
  parent: string;
  folder: string;
  size: number;
  modified_ms: number;
  changed_ms: number;
  inode: string;
  device: string;
  hash: string;
  type: string;
  name: string;
  extracted: string;
  shared: number;
  edit: string | null;
  asked: number;
};

export function toDescriptor(file: LibraryFile): Descriptor {
  const { hash, name, type, stat } = file;
  const modifiedMs = Math.max(0, Math.round(stat.modifiedMs));
  return { hash, size: stat.size, name, type, modifiedMs, extracted: toTold(file) };
}

/** What others are told of what the file says of itself. */
export function toTold({ extracted, edit = {} }: Pick<LibraryFile, 'extracted' | 'edit'>): Extracted {
  const fields = Object.entries({ ...extracted, ...edit });
  return Object.fromEntries(fields.filter(([, value]) => value !== null));
}

/** Undefined for a row that a newer or broken program wrote: that file is hashed again. */
export function toFile(row: FileRow): LibraryFile | undefined {
  const { path, parent, folder, size, inode, device, hash, name } = row;
  const type = FILE_TYPES.find((known) => known === row.type);
  const extracted = parseColumn(extractedSchema, row.extracted);
  if (!isContentHash(hash) || type === undefined || extracted === undefined) return undefined;
  const edit = parseEdit(row.edit);
  const stat = { kind: 'file', size, inode, device, modifiedMs: row.modified_ms, changedMs: row.changed_ms } as const;
  const isShared = row.shared === 1;
  return { path, parent, folder, stat, hash, type, name, extracted, isShared, ...(edit && { edit }) };
}

/** Undefined for none, and for one that a newer or broken program wrote. */
export function parseEdit(text: string | null | undefined): ExtractedEdit | undefined {
  return typeof text === 'string' ? parseColumn(extractedEditSchema, text) : undefined;
}

/** The words by which a file is looked up, each after a space, and what its name is ordered by. */
export function toFolded(file: Pick<LibraryFile, 'name' | 'extracted' | 'edit'>): readonly [string, string] {
  const nameKey = fold(file.name);
  const { title, artist, album, genre, year, language, codec } = toTold(file);
  const texts = [title, artist, album, genre, year, language, codec].filter((value) => value !== undefined);
  return [` ${nameKey} ${fold(texts.join(' '))}`, nameKey];
}

/** What is noted of the content comes with it; `file.edit` only says by which words it is found. */
export function toFileInsert(file: LibraryFile): Statement {
  const { path, parent, folder, stat, hash, type, name, extracted, isShared } = file;
  const { size, modifiedMs, changedMs, inode, device } = stat;
  return {
    sql: `INSERT INTO shared_files (path, parent, folder, size, modified_ms, changed_ms, inode, device, hash, type, name, extracted,
        shared, folded, name_key, asked, edit)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        coalesce((SELECT asked FROM content_notes WHERE hash = ?), 0), (SELECT edit FROM content_notes WHERE hash = ?))
      ON CONFLICT (path) DO UPDATE SET parent = excluded.parent, folder = excluded.folder, size = excluded.size,
        modified_ms = excluded.modified_ms, changed_ms = excluded.changed_ms, inode = excluded.inode,
        device = excluded.device, hash = excluded.hash, type = excluded.type, name = excluded.name,
        extracted = excluded.extracted, shared = excluded.shared, gone_ms = NULL, folded = excluded.folded,
        name_key = excluded.name_key, asked = excluded.asked, edit = excluded.edit`,
    params: [
      ...[path, parent, folder, size, modifiedMs, changedMs, inode, device, hash, type, name],
      ...[JSON.stringify(extracted), Number(isShared), ...toFolded(file), hash, hash],
    ],
  };
}
