import type { Descriptor } from '../../contract/descriptor.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import { parseValue } from '../../contract/parse-value.ts';
import { sizeSchema } from '../../contract/schemas.ts';
import { decodeDescriptor, encodeDescriptor } from './descriptor-xml.ts';
import { FILES_BATCH_ENTRIES, FILES_BATCH_PACKED_BYTES, FILES_BATCH_UNPACKED_BYTES } from './limits.ts';
import { readXml, type XmlAttributes } from './xml.ts';

/** What names a file: its content and length. */
export type FileKey = { readonly hash: ContentHash; readonly size: number };
/** What `POST /children/self/files` says: changes of what a child shares. `removed` is applied before `added`. */
export type FilesBatch = { readonly added: readonly Descriptor[]; readonly removed: readonly FileKey[] };
export type DecodedFilesBatch =
  | { readonly ok: true; readonly batch: FilesBatch }
  | { readonly ok: false; readonly why: string };

const SHAPE = { root: 'files', children: ['file', 'remove'], maxLength: FILES_BATCH_UNPACKED_BYTES };
/** A UTF-16 unit is at most 3 bytes of UTF-8 and gzip adds nearly nothing, so a document of this length fits packed in every case. */
const DOCUMENT_LENGTH = Math.floor(FILES_BATCH_PACKED_BYTES / 3) - 1024;

/** One document for up to 500 changes: `<files><remove hash size/>…<file …/>…</files>`. */
export function encodeFilesBatch({ added, removed }: FilesBatch): string {
  return wrap([...removed.map(encodeRemoved), ...added.map(encodeDescriptor)]);
}

/** Any number of changes as documents that each keep the limits, removals first. */
export function* encodeFilesBatches({ added, removed }: FilesBatch): Generator<string> {
  let entries: string[] = [];
  let length = 0;
  for (const entry of encodeEntries(added, removed)) {
    if (entries.length === FILES_BATCH_ENTRIES || length + entry.length > DOCUMENT_LENGTH) {
      yield wrap(entries);
      entries = [];
      length = 0;
    }
    entries.push(entry);
    length += entry.length;
  }
  if (entries.length > 0) yield wrap(entries);
}

/** Reads a document of a child. Never throws. */
export function decodeFilesBatch(xmlText: string): DecodedFilesBatch {
  const added: Descriptor[] = [];
  const removed: FileKey[] = [];
  const read = readXml(xmlText, SHAPE, (tag, attributes) => {
    if (tag === 'files') return undefined;
    if (added.length + removed.length === FILES_BATCH_ENTRIES) return `more than ${FILES_BATCH_ENTRIES} entries`;
    const kept = tag === 'file' ? keep(added, decodeDescriptor(attributes)) : keep(removed, decodeRemoved(attributes));
    return kept ? undefined : `entry ${added.length + removed.length + 1} breaks its limits`;
  });
  return read.ok ? { ok: true, batch: { added, removed } } : read;
}

function keep<T>(list: T[], entry: T | undefined): boolean {
  if (entry !== undefined) list.push(entry);
  return entry !== undefined;
}

function* encodeEntries(added: readonly Descriptor[], removed: readonly FileKey[]): Generator<string> {
  for (const file of removed) yield encodeRemoved(file);
  for (const file of added) yield encodeDescriptor(file);
}

function encodeRemoved({ hash, size }: FileKey): string {
  return `<remove hash="${hash}" size="${size}"/>`;
}

function decodeRemoved({ hash = '', size = '' }: XmlAttributes): FileKey | undefined {
  const parsed = parseValue(sizeSchema, /^\d{1,16}$/.test(size) ? Number(size) : undefined);
  return parsed.success && isContentHash(hash) ? { hash, size: parsed.data } : undefined;
}

function wrap(entries: readonly string[]): string {
  return `<files>${entries.join('')}</files>`;
}
