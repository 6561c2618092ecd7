import { toAppError } from '../../contract/errors.ts';
import type { DirectoryEntry, FileSystem } from '../ports/file-system.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import { PARTS_FOLDER, PartFile } from './part-file.ts';

type Deps = Pick<DownloadDeps, 'files' | 'store' | 'logger' | 'clock'>;

/** A part that belongs to nothing here and was not written to for so long is told; another peer on the same folder may still want it. */
const OLD_MS = 30 * 24 * 60 * 60 * 1000;
const PART_NAME = /^[0-9a-f]{8}\.part$/;

/** Cancelled by the user, while its part still had to be removed. */
export const isCancelled = ({ state, reason }: StoredDownload): boolean =>
  state === 'failed' && reason === 'download.cancelled';

/**
 * What an end at the wrong moment left behind: removes parts of finished and cancelled downloads, forgets the cancelled ones, and tells
 * of old parts that no download owns. Never touches a part that can still be resumed. `folder`: where new downloads go.
 */
export async function clearLeftParts(deps: Deps, downloads: readonly StoredDownload[], folder: string): Promise<void> {
  const folders = new Set([folder, ...downloads.map((download) => download.folder)]);
  for (const each of folders) {
    await clearFolder(deps, downloads, each).catch((thrown: unknown) =>
      // Its disk may be away: the next start looks again, and a download that needs it says so itself.
      deps.logger.debug('parts could not be looked at', { folder: each, error: toAppError(thrown) }),
    );
  }
}

async function clearFolder(deps: Deps, downloads: readonly StoredDownload[], folder: string): Promise<void> {
  const { files, store } = deps;
  if (!(await files.stat(folder))) return;
  const entries = (await files.list(files.paths.join(folder, PARTS_FOLDER))) ?? [];
  const names = new Set(entries.map(({ name }) => name));
  for (const download of downloads) {
    const path = PartFile.pathOf(files, folder, download.id);
    const isOver = download.state === 'done' || isCancelled(download);
    if (download.folder !== folder || !isOver) continue;
    if (names.has(files.paths.name(path))) await files.remove(path);
    if (isCancelled(download)) await store.remove(download.id);
  }
  await tellUnknown(deps, folder, ownerless(entries, downloads));
}

function ownerless(entries: readonly DirectoryEntry[], downloads: readonly StoredDownload[]): readonly string[] {
  const known = new Set(downloads.map(({ id }) => `${id}.part`));
  return entries.map(({ name }) => name).filter((name) => PART_NAME.test(name) && !known.has(name));
}

async function tellUnknown({ files, logger, clock }: Deps, folder: string, names: readonly string[]): Promise<void> {
  const old = await Promise.all(
    names.map((name) => isOld(files, files.paths.join(folder, PARTS_FOLDER, name), clock.wallMs())),
  );
  const parts = old.filter(Boolean).length;
  const event = 'old parts belong to no download of this peer: remove them if no other peer uses the folder';
  if (parts > 0) logger.info(event, { folder: files.paths.join(folder, PARTS_FOLDER), parts });
}

async function isOld(files: FileSystem, path: string, nowMs: number): Promise<boolean> {
  const stat = await files.statLink(path);
  return stat !== undefined && nowMs - stat.modifiedMs > OLD_MS;
}
