import { type PeerTarget, parseTarget } from '../contract/address.ts';
import type { CommandInput, CommandOutputs, QueryInput, QueryOutputs } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import type { ContentHash, DownloadId, NodeId } from '../contract/ids.ts';
import { MAX_LIST_FILES, MAX_LIST_SOURCES } from '../contract/lists.ts';
import { isWorthNaming } from '../contract/transfer.ts';
import { isWebUrl, looksLocal } from '../contract/web-url.ts';
import type { NewDownload } from './download/new-download.ts';
import type { PeerParts } from './peer-parts.ts';
import type { DescriptorReader, FileSystem } from './ports/index.ts';
import { encodeMetalink, type MetalinkFile } from './wire/metalink.ts';

type Parts = Pick<PeerParts, 'downloads' | 'library'>;
type ImportDeps = {
  readonly parts: Parts;
  readonly reader: DescriptorReader;
  readonly files: FileSystem;
  readonly self: NodeId;
};
type ExportDeps = {
  readonly parts: Parts;
  /** Where others may reach this peer. */
  readonly self: readonly PeerTarget[];
};

const PAGE = 500;
/** Web seeds in a local network that are told of: as many as anybody may be asked about. */
const MOST_LOCAL = 1000;

/**
 * Adds the files of a Metalink to the downloads. Its sources are named by whoever wrote the list, not typed by the user: the dialling rules
 * hold for them.
 */
export async function importList(
  { xml, output, maxSources, local: isLocalAllowed = false }: CommandInput<'list.import'>,
  deps: ImportDeps,
): Promise<CommandOutputs['list.import']> {
  const decoded = await deps.reader.readMetalink(xml);
  if (!decoded.ok) throw new AppError('input.invalid', { what: 'list', why: decoded.why });
  if (output !== undefined && decoded.files.length !== 1)
    throw new AppError('input.invalid', { what: 'output', why: `the list has ${decoded.files.length} files, not one` });
  const done = pathsOfDone(deps.parts);
  const missing: MetalinkFile[] = [];
  for (const file of decoded.files) if (!(await isHere(file, deps, done))) missing.push(file);
  // One that ended while the others were looked at is here now.
  const doneNow = pathsOfDone(deps.parts);
  const wanted = missing.filter(({ hash }) => hash === undefined || done.has(hash) || !doneNow.has(hash));
  const news = wanted.map((file) => ({ ...toDownload(file, { self: deps.self, isLocalAllowed }), output, maxSources }));
  const outcomes = await deps.parts.downloads.addAll(news);
  const added = wanted.flatMap(({ hash = null, name }, index) => {
    const id = outcomes[index];
    return typeof id === 'string' ? [{ id, hash, name }] : [];
  });
  const local = wanted.flatMap(({ web }, index) => {
    const id = outcomes[index];
    return typeof id === 'string' && !isLocalAllowed ? web.filter(looksLocal).map((url) => ({ id, url })) : [];
  });
  const exist = outcomes.flatMap((outcome) =>
    outcome instanceof AppError && outcome.code === 'download.exists' ? [outcome.params.id as DownloadId] : [],
  );
  const known = decoded.files.length - wanted.length + exist.length;
  // A list may have the same file twice.
  const underWay = [...new Set(exist)].filter((id) => !outcomes.includes(id));
  const skipped = decoded.skipped + decoded.files.length - added.length - known;
  return { added, known, underWay, skipped, local: local.slice(0, MOST_LOCAL) };
}

/** Downloads that have ended need not lie in a folder that is shared, and their files may have been removed since. */
function pathsOfDone({ downloads }: Parts): ReadonlyMap<ContentHash, string> {
  const done = downloads.list().filter(({ state }) => state === 'done');
  return new Map(done.flatMap(({ hash, path }) => (hash === null ? [] : [[hash, path] as const])));
}

async function isHere(
  { hash, size }: MetalinkFile,
  { parts, files }: ImportDeps,
  done: ReadonlyMap<ContentHash, string>,
): Promise<boolean> {
  if (hash === undefined) return false;
  if (await parts.library.find(hash, size)) return true;
  const path = done.get(hash);
  return path !== undefined && (await files.stat(path)) !== undefined;
}

type Reader = { readonly self: NodeId; readonly isLocalAllowed: boolean };

function toDownload({ hash, size, name, sources, web, check }: MetalinkFile, reader: Reader): NewDownload {
  const sized = size === undefined ? {} : { size };
  const peers = sources.flatMap(({ nodeId, address }) =>
    nodeId === undefined || nodeId === reader.self ? [] : [{ nodeId, addresses: [address], ...sized }],
  );
  const seeds = web.map((url) => ({ url, isLocalAllowed: reader.isLocalAllowed }));
  return { hash, size, name, sources: [...peers, ...seeds], check };
}

/** The library in order of hash, or the downloads in theirs. */
export async function exportList(
  of: QueryInput<'list.export'>['of'],
  { parts, self }: ExportDeps,
): Promise<QueryOutputs['list.export']> {
  if (of === 'downloads') {
    const files = parts.downloads.list().map(({ id, hash, size, name, sources }): MetalinkFile => {
      const check = parts.downloads.checkOf(id);
      const named = { ...(hash === null ? {} : { hash }), ...(size === null ? {} : { size }), name };
      const known = sources.filter(isWorthNaming);
      return {
        ...named,
        sources: known.flatMap(({ node, address }) => toTargets([`shoal://${node}@${address}`])),
        web: known.flatMap(({ node }) => (isWebUrl(node) ? [node] : [])),
        ...(check ? { check } : {}),
      };
    });
    return written(files, files.length);
  }
  const files: MetalinkFile[] = [];
  let after: ContentHash | undefined;
  do {
    const page = await parts.library.descriptors(after, PAGE);
    after = page.at(-1)?.hash;
    for (const { hash, size, name, extracted } of page) {
      files.push({
        hash,
        size,
        name,
        sources: self,
        web: [],
        ...(extracted.title ? { identity: extracted.title } : {}),
      });
    }
  } while (after !== undefined && files.length < MAX_LIST_FILES);
  return written(files, await parts.library.countContents());
}

/** Files that a face has chosen: results of a search. */
export function writeList({ files }: QueryInput<'list.write'>): QueryOutputs['list.write'] {
  const list = files.map(({ sources, ...file }) => ({ ...file, sources: toTargets(sources), web: [] }));
  return written(list, list.length);
}

function written(list: readonly MetalinkFile[], all: number): QueryOutputs['list.export'] {
  const { xml, files } = encodeMetalink(list);
  return { xml, files, left: Math.max(0, all - files) };
}

/** A source without a NodeId cannot be checked by who reads the list, and is left out. */
function toTargets(texts: readonly string[]): PeerTarget[] {
  const targets = texts.map(parseTarget).filter((target) => target?.nodeId !== undefined);
  return targets.filter((target) => target !== undefined).slice(0, MAX_LIST_SOURCES);
}
