import { AppError } from '../../contract/errors.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { StoredDownload } from '../store/download-store.ts';
import { copyPart } from './copy-part.ts';
import { removeIntended } from './finish.ts';
import { PARTS_FOLDER, PartFile } from './part-file.ts';

type Change = (change: Partial<StoredDownload>) => Promise<void>;

export type Relocation = {
  readonly files: FileSystem;
  readonly stored: StoredDownload;
  /** Absolute. */
  readonly folder: string;
  /** Bytes that the part is known to hold. */
  readonly doneBytes: number;
  /** Keeps what is to be known after a restart; fails with disk.*. */
  readonly change: Change;
  readonly signal: AbortSignal;
};

/**
 * Brings the part of a download that is not running into another folder, where its file will be too. `otherFolder` is kept before the first
 * byte is written there and until the last name here is gone, so that whatever ends it leaves the part in `folder`, whole, and what may
 * lie in the other one is known. Fails with disk.*, input.invalid or the signal's reason: then the part is where it was.
 */
export async function relocatePart({ files, stored, folder, ...rest }: Relocation): Promise<void> {
  const { doneBytes, change, signal } = rest;
  if (await isSameFolder(files, stored.folder, folder)) return;
  const from = PartFile.pathOf(files, stored.folder, stored.id);
  const to = PartFile.pathOf(files, folder, stored.id);
  const hasPart = (await files.statLink(from)) !== undefined;
  if (!hasPart && doneBytes > 0) throw new AppError('disk.missing', { path: from });
  const parts = files.paths.join(folder, PARTS_FOLDER);
  await files.makeFolder(parts);
  await requireFree(files, stored, folder);
  await change({ otherFolder: folder });
  try {
    await files.remove(to);
    if (hasPart && (await files.link(from, to)) !== 'linked') await copyPart(files, { from, to, doneBytes }, signal);
    await files.syncFolder(parts);
    signal.throwIfAborted();
  } catch (error) {
    await removeOther(files, { ...stored, otherFolder: folder }, change).catch(() => undefined);
    throw error;
  }
  const { output } = stored;
  const newOutput = output === undefined ? undefined : files.paths.join(folder, files.paths.name(output));
  const left = hasPart ? stored.folder : undefined;
  await change({ folder, otherFolder: left, output: newOutput, finalPath: undefined });
  await removeIntended(files, stored.finalPath).catch(() => undefined);
}

/** Removes what a move left in the other folder; leaves it noted while its disk is not there. Fails with disk.*. */
export async function removeOther(files: FileSystem, stored: StoredDownload, change: Change): Promise<void> {
  const { id, folder, otherFolder } = stored;
  // The folder itself is there without its disk too, where that is mounted.
  if (otherFolder === undefined || !(await files.stat(files.paths.join(otherFolder, PARTS_FOLDER)))) return;
  // Mounts may have changed: the one part there is must not go.
  if (!(await isSameFolder(files, folder, otherFolder))) await files.remove(PartFile.pathOf(files, otherFolder, id));
  await change({ otherFolder: undefined });
}

async function isSameFolder(files: FileSystem, a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([files.stat(a), files.stat(b)]);
  return a === b || (first !== undefined && first.inode === second?.inode && first.device === second.device);
}

/** A part of that name that no move of ours left there may be another peer's. */
async function requireFree(files: FileSystem, { id, otherFolder }: StoredDownload, folder: string): Promise<void> {
  const path = PartFile.pathOf(files, folder, id);
  if (otherFolder === folder || !(await files.statLink(path))) return;
  throw new AppError('disk.failed', { path, why: 'another file of that name lies there' });
}
