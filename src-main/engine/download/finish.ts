import { AppError } from '../../contract/errors.ts';
import { numberedName, shorterNames } from '../../contract/safe-name.ts';
import type { FileStat, FileSystem } from '../ports/file-system.ts';
import { copyPart } from './copy-part.ts';

/** More files of one name than this is a mistake somewhere. */
const MAX_CLASHES = 1000;

type Publishing = {
  /** URL that the file came from, if it may be told. */
  readonly origin: string | undefined;
  /** Stores the path before anything is moved that a restart could not find again; undefined when that name was given up. */
  readonly intend: (path: string | undefined) => Promise<void>;
  /** What was stored and not given up: a kill came between. */
  readonly intended: string | undefined;
  readonly signal: AbortSignal;
};

const copyOf = (path: string): string => `${path}.shoal-copy`;

/**
 * Gives a complete, synced part file its final name (protocol section 9): never replacing anything (" (2)" on a clash, a shorter name where it is too long), durable when
 * it returns the path. It is handed over to the user before it has that name: `origin` is told to the system. The part may still stand
 * there afterwards, as a second name; the caller removes it when the path is recorded. Fails with disk.* or the signal's reason.
 */
export async function publish(
  files: FileSystem,
  partPath: string,
  wantedPath: string,
  publishing: Publishing,
): Promise<string> {
  await removeIntended(files, publishing.intended);
  await files.handOver(partPath, publishing.origin);
  const folder = files.paths.parent(wantedPath);
  await files.makeFolder(folder);
  const name = files.paths.name(wantedPath);
  for (const shorter of [name, ...shorterNames(name)]) {
    for (let number = 1; number <= MAX_CLASHES; number++) {
      const path = files.paths.join(folder, number === 1 ? shorter : numberedName(shorter, number));
      const outcome = await claim(files, partPath, path, publishing);
      if (outcome === 'too-long') break;
      if (outcome === 'exists') continue;
      await files.syncFolder(folder);
      return path;
    }
  }
  throw new AppError('disk.failed', {
    path: wantedPath,
    why: 'no file of that name, numbered or shortened, can be made',
  });
}

/** Removes what a kill left of a name that was taken: the empty file there, and half a copy. Fails with disk.*. */
export async function removeIntended(files: FileSystem, path: string | undefined): Promise<void> {
  const stat = path === undefined ? undefined : await files.statLink(path);
  if (path === undefined || stat?.kind !== 'file' || stat.size > 0) return;
  await files.remove(copyOf(path));
  await files.remove(path);
}

async function claim(
  files: FileSystem,
  partPath: string,
  path: string,
  publishing: Publishing,
): Promise<'claimed' | 'exists' | 'too-long'> {
  const outcome = await files.link(partPath, path);
  if (outcome === 'linked') return 'claimed';
  if (outcome === 'exists') return (await isSameFile(files, partPath, path)) ? 'claimed' : 'exists';
  const created = outcome === 'too-long' ? outcome : await files.createExclusive(path);
  if (created !== 'created') return created;
  const placeholder = await files.statLink(path);
  try {
    await publishing.intend(path);
    if ((await files.rename(partPath, path)) === 'other-device') await replaceByCopy(files, partPath, path, publishing);
  } catch (error) {
    // Or each try would leave an empty file.
    const isGivenUp = await removeUnused(files, path, placeholder).catch(() => false);
    // Or an empty file that others make there later would pass for ours.
    if (isGivenUp) await publishing.intend(undefined).catch(() => undefined);
    throw error;
  }
  return 'claimed';
}

/** False when somebody has written to it, or put another file in its place. */
async function removeUnused(files: FileSystem, path: string, placeholder: FileStat | undefined): Promise<boolean> {
  const now = await files.statLink(path);
  const isOurs = now !== undefined && now.inode === placeholder?.inode && now.device === placeholder.device;
  if (!isOurs || now.size > 0) return false;
  await files.remove(path);
  return true;
}

/** A link made before a kill, not recorded: the name is ours already. */
async function isSameFile(files: FileSystem, a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([files.statLink(a), files.statLink(b)]);
  return first !== undefined && first.inode === second?.inode && first.device === second.device;
}

async function replaceByCopy(
  files: FileSystem,
  partPath: string,
  path: string,
  { origin, signal }: Publishing,
): Promise<void> {
  const copy = copyOf(path);
  await files.remove(copy);
  try {
    const size = (await files.statLink(partPath))?.size ?? 0;
    await copyPart(files, { from: partPath, to: copy, doneBytes: size }, signal);
    // A mark does not travel with the bytes.
    await files.handOver(copy, origin);
    await files.rename(copy, path);
  } catch (error) {
    // A disk that is full must not be kept full by half a copy.
    await files.remove(copy).catch(() => undefined);
    throw error;
  }
}
