import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '../contract/errors.ts';
import { CONTROL_FILE, type ControlInfo, MAX_SOCKET_PATH_BYTES, TOKEN_FILE } from './control-protocol.ts';
import { writePrivate } from './private-file.ts';
import { makeFilesPrivate, makePrivateFolder } from './private-folder.ts';
import { makeToken } from './token.ts';

export type TakeLock = (path: string) => { release(): void } | undefined;

/** A folder that belongs to this process until `close`. */
export type DataFolder = {
  readonly path: string;
  /** Where the control socket goes, and what its clients must say; written in the folder for them. */
  readonly control: { readonly path: string; readonly token: string };
  /** What was open to other users until now, a sentence each. */
  readonly mended: readonly string[];
  /** Removes what tells of a running peer, and lets another process have the folder. */
  close(): Promise<void>;
};

/** Makes the folder (0700) when it is missing, sees that it is its user's alone, and takes it; fails with data.in-use or data.unusable. */
export async function openDataFolder(path: string, takeLock: TakeLock): Promise<DataFolder> {
  const { lock, mended } = await lockFolder(path, takeLock);
  try {
    mended.push(...(await makeFilesPrivate(path)));
    const control = { path: await chooseSocketPath(path), token: makeToken() };
    const info: ControlInfo = { pid: process.pid, path: control.path };
    await writePrivate(join(path, TOKEN_FILE), `${control.token}\n`);
    await writePrivate(join(path, CONTROL_FILE), `${JSON.stringify(info)}\n`);
    return { path, control, mended, close: () => close(path, control.path, lock) };
  } catch (cause) {
    lock.release();
    throw cause instanceof AppError ? cause : unusable(path, cause);
  }
}

type Taken = { readonly lock: { release(): void }; readonly mended: string[] };

async function lockFolder(path: string, takeLock: TakeLock): Promise<Taken> {
  try {
    const mended = await makePrivateFolder(path);
    const lock = takeLock(join(path, 'lock'));
    if (lock) return { lock, mended };
  } catch (cause) {
    throw cause instanceof AppError ? cause : unusable(path, cause);
  }
  throw new AppError('data.in-use', { path, pid: await readHolder(path) });
}

/** The holder writes its process id a moment after it took the lock. */
async function readHolder(path: string): Promise<number | string> {
  try {
    return (JSON.parse(await readFile(join(path, CONTROL_FILE), 'utf8')) as ControlInfo).pid;
  } catch {
    // Nothing readable there yet: that somebody holds the lock is known all the same.
    return 'unknown';
  }
}

async function chooseSocketPath(folder: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\shoal-${makeToken().slice(0, 32)}`;
  const path = join(folder, 'control.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  return join(await mkdtemp(join(tmpdir(), 'shoal-')), 'control.sock');
}

async function close(folder: string, socketPath: string, lock: { release(): void }): Promise<void> {
  try {
    await rm(join(folder, CONTROL_FILE), { force: true });
    await rm(join(folder, TOKEN_FILE), { force: true });
    const isElsewhere = process.platform !== 'win32' && dirname(socketPath) !== folder;
    if (isElsewhere) await rm(dirname(socketPath), { recursive: true, force: true });
  } finally {
    lock.release();
  }
}

function unusable(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new AppError('data.unusable', { path, why: `${reason}; mend that, or give another --data` }, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is not a folder',
  ENOTDIR: 'it is not a folder',
  // Node's answer, among others, when a folder is to be made on a read-only disk.
  ENOENT: 'it cannot be made there',
  EROFS: 'the disk is read-only',
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
};
