import { type PeerTarget, parseTarget } from '../contract/address.ts';
import type { CommandOutputs, QueryInput, QueryOutputs } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import type { ContentHash, NodeId } from '../contract/ids.ts';
import { MAX_LIST_FILES, MAX_LIST_SOURCES } from '../contract/lists.ts';
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

/**
 * Adds the files of a Metalink to the downloads. Its sources are named by whoever wrote the list, not typed by the user: the dialling rules
 * hold for them.
 */
export async function importList(xml: string, deps: ImportDeps): Promise<CommandOutputs['list.import']> {
  const decoded = await deps.reader.readMetalink(xml);
  if (!decoded.ok) throw new AppError('input.invalid', { what: 'list', why: decoded.why });
  const done = pathsOfDone(deps.parts);
  const missing: MetalinkFile[] = [];
  for (const file of decoded.files) if (!(await isHere(file, deps, done.get(file.hash)))) missing.push(file);
  // One that ended while the others were looked at is here now.
  const doneNow = pathsOfDone(deps.parts);
  const wanted = missing.filter(({ hash }) => done.has(hash) || !doneNow.has(hash));
  const outcomes = await deps.parts.downloads.addAll(wanted.map((file) => toDownload(file, deps.self)));
  const added = wanted.flatMap(({ hash, name }, index) => {
    const id = outcomes[index];
    return typeof id === 'string' ? [{ id, hash, name }] : [];
  });
  const isKnown = (outcome: unknown) => outcome instanceof AppError && outcome.code === 'download.exists';
  const known = decoded.files.length - wanted.length + outcomes.filter(isKnown).length;
  const skipped = decoded.skipped + decoded.files.length - added.length - known;
  return { added, known, skipped };
}

/** Downloads that have ended need not lie in a folder that is shared, and their files may have been removed since. */
function pathsOfDone({ downloads }: Parts): ReadonlyMap<ContentHash, string> {
  const done = downloads.list().filter(({ state }) => state === 'done');
  return new Map(done.map(({ hash, path }) => [hash, path]));
}

async function isHere({ hash, size }: MetalinkFile, { parts, files }: ImportDeps, path: string | undefined) {
  if (await parts.library.find(hash, size)) return true;
  return path !== undefined && (await files.stat(path)) !== undefined;
}

function toDownload({ hash, size, name, sources }: MetalinkFile, self: NodeId): NewDownload {
  const found = sources.flatMap(({ nodeId, address }) =>
    nodeId === undefined || nodeId === self
      ? []
      : [{ nodeId, addresses: [address], ...(size === undefined ? {} : { size }) }],
  );
  return { hash, size, name, sources: found };
}

/** The library in order of hash, or the downloads in theirs. */
export async function exportList(
  of: QueryInput<'list.export'>['of'],
  { parts, self }: ExportDeps,
): Promise<QueryOutputs['list.export']> {
  if (of === 'downloads') {
    const files = parts.downloads.list().map(({ hash, size, name, sources }) => ({
      ...{ hash, name, ...(size === null ? {} : { size }) },
      sources: sources.flatMap(({ node, address }) => toTargets([`shoal://${node}@${address}`])),
    }));
    return written(files, files.length);
  }
  const files: MetalinkFile[] = [];
  let after: ContentHash | undefined;
  do {
    const page = await parts.library.descriptors(after, PAGE);
    after = page.at(-1)?.hash;
    for (const { hash, size, name, extracted } of page) {
      files.push({ hash, size, name, sources: self, ...(extracted.title ? { identity: extracted.title } : {}) });
    }
  } while (after !== undefined && files.length < MAX_LIST_FILES);
  return written(files, await parts.library.countContents());
}

/** Files that a face has chosen: results of a search. */
export function writeList({ files }: QueryInput<'list.write'>): QueryOutputs['list.write'] {
  const list = files.map(({ sources, ...file }) => ({ ...file, sources: toTargets(sources) }));
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
