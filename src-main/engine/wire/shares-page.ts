import type { Descriptor } from '../../contract/descriptor.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import { decodeDescriptor, encodeDescriptor } from './descriptor-xml.ts';
import { SHARES_PAGE_BYTES, SHARES_PAGE_ENTRIES } from './limits.ts';
import { encodeAttribute, readXml, type XmlAttributes } from './xml.ts';

/** One page of what a peer shares, ordered by hash. `next` is what to ask with `after=` for the following page, null at the end. */
export type SharesPage = { readonly files: readonly Descriptor[]; readonly next: ContentHash | null };
export type DecodedSharesPage =
  | { readonly ok: true; readonly page: SharesPage }
  | { readonly ok: false; readonly why: string };

const SHAPE = { root: 'shares', children: ['file'], maxLength: SHARES_PAGE_BYTES };

/** `<shares next="…"><file …/>…</shares>`. */
export function encodeSharesPage({ files, next }: SharesPage): string {
  return `<shares${next === null ? '' : encodeAttribute('next', next)}>${files.map(encodeDescriptor).join('')}</shares>`;
}

/** Reads a page of another peer. Never throws. */
export function decodeSharesPage(xmlText: string): DecodedSharesPage {
  const files: Descriptor[] = [];
  let next: ContentHash | null = null;
  const read = readXml(xmlText, SHAPE, (tag, attributes) => {
    if (tag === 'file') return addFile(files, attributes);
    if (attributes.next === undefined) return undefined;
    if (!isContentHash(attributes.next)) return 'next is not a ContentHash';
    next = attributes.next;
    return undefined;
  });
  return read.ok ? { ok: true, page: { files, next } } : read;
}

function addFile(files: Descriptor[], attributes: XmlAttributes): string | undefined {
  if (files.length === SHARES_PAGE_ENTRIES) return `more than ${SHARES_PAGE_ENTRIES} files`;
  const descriptor = decodeDescriptor(attributes);
  if (descriptor === undefined) return `file ${files.length + 1} breaks its limits`;
  files.push(descriptor);
  return undefined;
}
