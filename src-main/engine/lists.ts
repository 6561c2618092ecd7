import { type PeerTarget, parseTarget } from '../contract/address.ts';
import type { CommandOutputs, QueryInput, QueryOutputs } from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import type { ContentHash, NodeId } from '../contract/ids.ts';
import { MAX_LIST_FILES, MAX_LIST_SOURCES } from '../contract/lists.ts';
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
  const added: CommandOutputs['list.import']['added'][number][] = [];
  let { skipped } = decoded;
  let known = 0;
  const done = pathsOfDone(deps.parts);
  for (const file of decoded.files) {
    const id = await addFile(file, deps, done.get(file.hash));
    if (id === 'known') known++;
    else if (id === 'refused') skipped++;
    else added.push({ id, hash: file.hash, name: file.name });
  }
  return { added, known, skipped };
}

/** Downloads that have ended need not lie in a folder that is shared, and their files may have been removed since. */
function pathsOfDone({ downloads }: Parts): ReadonlyMap<ContentHash, string> {
  const done = downloads.list().filter(({ state }) => state === 'done');
  return new Map(done.map(({ hash, path }) => [hash, path]));
}

async function addFile({ hash, size, name, sources }: MetalinkFile, deps: ImportDeps, path: string | undefined) {
  const { parts, files, self } = deps;
  const { downloads, library } = parts;
  if (await library.find(hash, size)) return 'known';
  if (path !== undefined && (await files.stat(path))) return 'known';
  const found = sources.flatMap(({ nodeId, address }) =>
    nodeId === undefined || nodeId === self
      ? []
      : [{ nodeId, addresses: [address], ...(size === undefined ? {} : { size }) }],
  );
  try {
    return await downloads.add({ hash, size, name, sources: found });
  } catch (thrown) {
    const { code } = toAppError(thrown);
    if (code === 'download.exists') return 'known';
    if (code === 'input.invalid') return 'refused';
    throw thrown;
  }
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
