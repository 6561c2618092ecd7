import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../contract/errors.ts';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** Everything that is said to the group of a file and to everybody. */
const FOR_OTHERS = 0o077;
/** Names told of many mended files. */
const MAX_NAMES = 3;
/** Windows has no owners and modes of this kind: folders of a user's profile are that user's there. */
const ownId = (): number | undefined => process.getuid?.();

/**
 * Makes the folder for its user alone (0700) when it is missing, and mends one that others could enter. Fails with data.unusable when it
 * belongs to somebody else, or lies where modes do not hold. Gives a line for each thing that was mended.
 */
export async function makePrivateFolder(path: string): Promise<string[]> {
  const made = await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  const uid = ownId();
  if (uid === undefined) return [];
  const { uid: owner, mode } = await stat(path);
  requireOwn(path, owner, uid);
  // The mode asked for is less where the user's mask takes bits of the owner away.
  await chmod(path, PRIVATE_FOLDER);
  if (((await stat(path)).mode & FOR_OTHERS) !== 0) {
    const why = `other users of this machine can open it, and its disk keeps no modes (chmod 700 ${path} has no effect)`;
    throw new AppError('data.unusable', { path, why: `${why}; give a --data on another disk` });
  }
  const wasOpen = made === undefined && (mode & FOR_OTHERS) !== 0;
  return wasOpen ? [`${path} was open to other users of this machine until now; its mode is 0700 again`] : [];
}

/**
 * The files of a folder that this process has taken: each 0600. Fails with data.unusable when one belongs to another user, whom it would
 * obey or tell everything. Gives a line when some could be opened by others until now.
 */
export async function makeFilesPrivate(folder: string): Promise<string[]> {
  const uid = ownId();
  if (uid === undefined) return [];
  const mended: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const {
      uid: owner,
      mode,
      ...kind
    } = await lstat(path).then((found) => ({
      uid: found.uid,
      mode: found.mode,
      isFile: found.isFile(),
    }));
    if (!kind.isFile) continue;
    requireOwn(path, owner, uid);
    if ((mode & FOR_OTHERS) === 0) continue;
    await chmod(path, PRIVATE_FILE);
    mended.push(name);
  }
  if (mended.length === 0) return [];
  const names = mended.slice(0, MAX_NAMES).join(', ');
  const more = mended.length > MAX_NAMES ? ` and ${mended.length - MAX_NAMES} more` : '';
  return [`in ${folder}, ${names}${more} had a mode that lets other users in; it is 0600 again`];
}

function requireOwn(path: string, owner: number, uid: number): void {
  if (owner === uid) return;
  const why = `it belongs to another user (uid ${owner}, this is ${uid}): run Shoal as that user, or chown ${uid} ${path}`;
  throw new AppError('data.unusable', { path, why: `${why}, or give another --data` });
}
