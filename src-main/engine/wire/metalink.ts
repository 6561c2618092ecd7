import { formatTarget, type PeerTarget, parseTarget } from '../../contract/address.ts';
import { MAX_NAME_LENGTH, NAME_SHAPE } from '../../contract/descriptor.ts';
import { type ContentHash, parseContentHash } from '../../contract/ids.ts';
import { formatMagnet } from '../../contract/magnet.ts';
import { sizeSchema } from '../../contract/schemas.ts';
import { utf8Length } from '../../contract/utf8.ts';
import { METALINK_BYTES, METALINK_FILES, METALINK_TAGS, METALINK_URLS } from './limits.ts';
import { decodeAttribute, encodeAttribute, encodeText } from './xml.ts';
import { childElements, readXmlTree, textOf, type XmlElement } from './xml-tree.ts';

/** A file of a list: `identity` is what people call it. Every source has a NodeId. */
export type MetalinkFile = {
  readonly hash: ContentHash;
  readonly size?: number;
  readonly name: string;
  readonly identity?: string;
  readonly sources: readonly PeerTarget[];
};
/** `skipped`: files that have no ContentHash, or one that cannot be read. */
export type DecodedMetalink =
  | { readonly ok: true; readonly files: readonly MetalinkFile[]; readonly skipped: number }
  | { readonly ok: false; readonly why: string };
/** `files`: how many of them, from the first on, are in the text. */
export type EncodedMetalink = { readonly xml: string; readonly files: number };

const NAMESPACE = 'urn:ietf:params:xml:ns:metalink';
/** Not one of those that are registered for Metalinks: programs that do not know it pass it over (RFC 5854, section 4.2.4). */
const HASH_TYPE = 'tree:sha256';
const HEAD = `<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="${NAMESPACE}">\n`;
const TAIL = '</metalink>\n';
const SOURCE = /^shoal:\/\//i;
/** Digits of the hash that tell files of one name apart. */
const FOLDER_DIGITS = 12;

/** As many files as the limits of a list allow. */
export function encodeMetalink(files: readonly MetalinkFile[]): EncodedMetalink {
  const names = new Set<string>();
  const parts: string[] = [];
  let bytes = HEAD.length + TAIL.length;
  for (const file of files.slice(0, METALINK_FILES)) {
    const part = encodeFile(file, names);
    bytes += utf8Length(part);
    if (bytes > METALINK_BYTES) break;
    parts.push(part);
  }
  return { xml: `${HEAD}${parts.join('')}${TAIL}`, files: parts.length };
}

/** Reads a Metalink 4 of anybody. Never throws. Hashes of other kinds and URLs that are no peers' are passed over. */
export function decodeMetalink(text: string): DecodedMetalink {
  const tree = readXmlTree(text, { maxLength: METALINK_BYTES, maxTags: METALINK_TAGS });
  if (!tree.ok) return tree;
  const [prefix, tag] = splitTag(tree.root.tag);
  const namespace = tree.root.attributes[prefix === '' ? 'xmlns' : `xmlns:${prefix}`];
  if (tag !== 'metalink' || namespace !== NAMESPACE) return { ok: false, why: 'it is no Metalink 4 document' };
  const entries = named(tree.root, prefix, 'file');
  if (entries.length > METALINK_FILES) return { ok: false, why: `more than ${METALINK_FILES} files` };
  const files = entries.map((entry) => decodeFile(entry, prefix)).filter((file) => file !== undefined);
  return { ok: true, files, skipped: entries.length - files.length };
}

function encodeFile({ hash, size, name, identity, sources }: MetalinkFile, names: Set<string>): string {
  const key = name.toLowerCase();
  // Programs write files by their names: two of one name go into folders of their own.
  const path = names.has(key) ? `${hash.slice(0, FOLDER_DIGITS)}/${name}` : name;
  names.add(key);
  const urls = sources.filter(({ nodeId }) => nodeId !== undefined).slice(0, METALINK_URLS);
  // A file without any URL is none (section 4.1.2): the magnet link names it.
  const links = urls.length > 0 ? urls.map(formatTarget) : [formatMagnet({ hash, ...sized(size), sources: [] })];
  return [
    `  <file${encodeAttribute('name', path)}>`,
    ...(identity?.trim() ? [`    <identity>${encodeText(identity)}</identity>`] : []),
    ...(size === undefined ? [] : [`    <size>${size}</size>`]),
    `    <hash type="${HASH_TYPE}">${hash}</hash>`,
    ...links.map((link) => `    <url>${encodeText(link)}</url>`),
    '  </file>\n',
  ].join('\n');
}

const sized = (size: number | undefined): { readonly size?: number } => (size === undefined ? {} : { size });

function decodeFile(entry: XmlElement, prefix: string): MetalinkFile | undefined {
  const hashes = named(entry, prefix, 'hash').filter(({ attributes }) => attributes.type === HASH_TYPE);
  const hash = parseContentHash(firstText(hashes) ?? '');
  if (hash === undefined) return undefined;
  const digits = firstText(named(entry, prefix, 'size')) ?? '';
  const size = sizeSchema.safeParse(/^\d{1,16}$/.test(digits) ? Number(digits) : undefined).data;
  const identity = firstText(named(entry, prefix, 'identity'));
  return {
    hash,
    ...sized(size),
    name: toName(decodeAttribute(entry.attributes.name ?? '')) ?? hash,
    ...(identity ? { identity } : {}),
    sources: decodeSources(named(entry, prefix, 'url')),
  };
}

function decodeSources(urls: readonly XmlElement[]): PeerTarget[] {
  const sources: PeerTarget[] = [];
  for (const url of urls) {
    const text = textOf(url) ?? '';
    const target = SOURCE.test(text) ? parseTarget(text) : undefined;
    if (target?.nodeId && sources.push(target) === METALINK_URLS) break;
  }
  return sources;
}

/** The name may have folders before it, which are the sender's. */
function toName(path: string | undefined): string | undefined {
  const name = path
    ?.slice(path.lastIndexOf('/') + 1)
    .slice(0, MAX_NAME_LENGTH)
    .toWellFormed();
  return name !== undefined && NAME_SHAPE.test(name) ? name : undefined;
}

function named(parent: XmlElement, prefix: string, name: string): XmlElement[] {
  const tag = prefix === '' ? name : `${prefix}:${name}`;
  return childElements(parent).filter((child) => child.tag === tag);
}

const firstText = ([first]: readonly XmlElement[]): string | undefined => first && textOf(first);

function splitTag(tag: string): readonly [prefix: string, name: string] {
  const at = tag.indexOf(':');
  return at === -1 ? ['', tag] : [tag.slice(0, at), tag.slice(at + 1)];
}
