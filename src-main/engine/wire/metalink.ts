import { formatTarget, type PeerTarget, parseTarget } from '../../contract/address.ts';
import { MAX_NAME_LENGTH, NAME_SHAPE } from '../../contract/descriptor.ts';
import { type ContentHash, parseContentHash } from '../../contract/ids.ts';
import { formatMagnet } from '../../contract/magnet.ts';
import { parseValue } from '../../contract/parse-value.ts';
import { sizeSchema } from '../../contract/schemas.ts';
import { utf8Length } from '../../contract/utf8.ts';
import { parseWebUrl, type WebUrl } from '../../contract/web-url.ts';
import { type FileCheck, type Pieces, pieceHashes, toPieces } from '../content/file-check.ts';
import { METALINK_BYTES, METALINK_FILES, METALINK_SEEDS, METALINK_TAGS, METALINK_URLS } from './limits.ts';
import { decodeAttribute, encodeAttribute, encodeText } from './xml.ts';
import { childElements, readXmlTree, textOf, type XmlElement } from './xml-tree.ts';

/**
 * A file of a list: `identity` is what people call it. Every source has a NodeId. Without `hash` it has web seeds, the best first, and a
 * check that covers all of it.
 */
export type MetalinkFile = {
  readonly hash?: ContentHash;
  readonly size?: number;
  readonly name: string;
  readonly identity?: string;
  readonly sources: readonly PeerTarget[];
  readonly web: readonly WebUrl[];
  readonly check?: FileCheck;
};
/** `skipped`: files that can be neither found nor checked. */
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
/** Of hashes and pieces, in IANA's registry of hash names. */
const SHA_256 = 'sha-256';
const SOURCE = /^shoal:\/\//i;
/** The least of priorities, which holds where none is given (section 4.2.16.2). */
const LAST_PRIORITY = 999_999;
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

/** Reads a Metalink 4 of anybody. Never throws. Hashes of other kinds and URLs of other schemes are passed over. */
export function decodeMetalink(text: string): DecodedMetalink {
  const tree = readXmlTree(text, { maxLength: METALINK_BYTES, maxTags: METALINK_TAGS });
  if (!tree.ok) return tree;
  const [prefix, tag] = splitTag(tree.root.tag);
  const namespace = tree.root.attributes[prefix === '' ? 'xmlns' : `xmlns:${prefix}`];
  if (tag !== 'metalink' || namespace !== NAMESPACE) return { ok: false, why: 'it is no Metalink 4 document' };
  const entries = named(tree.root, prefix, 'file');
  if (entries.length > METALINK_FILES) return { ok: false, why: `more than ${METALINK_FILES} files` };
  const files = entries.map((entry) => decodeFile(entry, prefix)).filter((file) => file !== undefined);
  return { ok: true, files: limitSeeds(files), skipped: entries.length - files.length };
}

/** As many of each file, as far as it has them. */
function limitSeeds(files: readonly MetalinkFile[]): readonly MetalinkFile[] {
  const inAll = (most: number) => files.reduce((seeds, { web }) => seeds + Math.min(web.length, most), 0);
  let most = METALINK_URLS;
  while (inAll(most) > METALINK_SEEDS) most--;
  return files.map((file) => ({ ...file, web: file.web.slice(0, most) }));
}

function encodeFile({ hash, size, name, identity, sources, web, check }: MetalinkFile, names: Set<string>): string {
  const key = name.toLowerCase();
  // Programs write files by their names: two of one name go into folders of their own.
  const path = names.has(key) ? `${(hash ?? check?.sha256 ?? '').slice(0, FOLDER_DIGITS) || names.size}/${name}` : name;
  names.add(key);
  // Programs that know no peers try one URL after the other: those that they know come first.
  const peers = sources.filter(({ nodeId }) => nodeId !== undefined).map(formatTarget);
  const urls: string[] = [...web, ...peers].slice(0, METALINK_URLS);
  // A file without any URL is none (section 4.1.2): the magnet link names it.
  if (urls.length === 0 && hash !== undefined) urls.push(formatMagnet({ hash, ...sized(size), sources: [] }));
  return [
    `  <file${encodeAttribute('name', path)}>`,
    ...(identity?.trim() ? [`    <identity>${encodeText(identity)}</identity>`] : []),
    ...(size === undefined ? [] : [`    <size>${size}</size>`]),
    ...(hash === undefined ? [] : [`    <hash type="${HASH_TYPE}">${hash}</hash>`]),
    ...(check?.sha256 === undefined ? [] : [`    <hash type="${SHA_256}">${check.sha256}</hash>`]),
    ...(check?.pieces ? encodePieces(check.pieces) : []),
    ...urls.map((url) => `    <url>${encodeText(url)}</url>`),
    '  </file>\n',
  ].join('\n');
}

const encodePieces = (pieces: Pieces): string[] => [
  `    <pieces type="${SHA_256}" length="${pieces.bytes}">`,
  ...pieceHashes(pieces).map((hash) => `      <hash>${hash}</hash>`),
  '    </pieces>',
];

const sized = (size: number | undefined): { readonly size?: number } => (size === undefined ? {} : { size });

function decodeFile(entry: XmlElement, prefix: string): MetalinkFile | undefined {
  const hash = parseContentHash(hashOf(entry, prefix, HASH_TYPE) ?? '');
  const digits = firstText(named(entry, prefix, 'size')) ?? '';
  const size = parseValue(sizeSchema, /^\d{1,16}$/.test(digits) ? Number(digits) : undefined).data;
  const urls = named(entry, prefix, 'url');
  const web = decodeWeb(urls);
  const check = decodeCheck(entry, prefix, size);
  if (hash === undefined && (web.length === 0 || check === undefined)) return undefined;
  const identity = firstText(named(entry, prefix, 'identity'));
  return {
    ...(hash === undefined ? {} : { hash }),
    ...sized(size),
    name: toName(decodeAttribute(entry.attributes.name ?? '')) ?? hash ?? check?.sha256 ?? 'file',
    ...(identity ? { identity } : {}),
    sources: decodeSources(urls),
    web,
    ...(check ? { check } : {}),
  };
}

const hashOf = (entry: XmlElement, prefix: string, type: string): string | undefined =>
  firstText(named(entry, prefix, 'hash').filter(({ attributes }) => attributes.type === type));

function decodeCheck(entry: XmlElement, prefix: string, size: number | undefined): FileCheck | undefined {
  const whole = (hashOf(entry, prefix, SHA_256) ?? '').toLowerCase();
  const sha256 = /^[0-9a-f]{64}$/.test(whole) ? whole : undefined;
  const [parts] = named(entry, prefix, 'pieces').filter(({ attributes }) => attributes.type === SHA_256);
  const hashes = parts ? named(parts, prefix, 'hash').map((hash) => (textOf(hash) ?? '').toLowerCase()) : [];
  const length = parts?.attributes.length ?? '';
  const pieces = /^\d{1,15}$/.test(length) && size !== undefined ? toPieces(Number(length), hashes, size) : undefined;
  if (sha256 === undefined && pieces === undefined) return undefined;
  return { ...(sha256 === undefined ? {} : { sha256 }), ...(pieces ? { pieces } : {}) };
}

/** By priority, the first of which is 1. */
function decodeWeb(urls: readonly XmlElement[]): WebUrl[] {
  const found = urls.flatMap((element) => {
    const url = parseWebUrl(textOf(element) ?? '');
    return url === undefined ? [] : [{ url, priority: priorityOf(element) }];
  });
  const best = found.toSorted((a, b) => a.priority - b.priority).map(({ url }) => url);
  return [...new Set(best)].slice(0, METALINK_URLS);
}

function priorityOf({ attributes }: XmlElement): number {
  const priority = attributes.priority ?? '';
  return /^[1-9]\d{0,5}$/.test(priority) ? Number(priority) : LAST_PRIORITY;
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
