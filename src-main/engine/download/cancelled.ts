import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import { toHistory } from './ended.ts';
import { removeIntended } from './finish.ts';
import { PartFile } from './part-file.ts';

/**
 * Notes that a download, with so many verified bytes, is cancelled, and removes what there is of it. Fails with disk.* when it cannot be
 * noted: then nothing is removed.
 */
export async function removeCancelled(
  stored: StoredDownload,
  bytes: number,
  deps: Pick<DownloadDeps, 'files' | 'store' | 'logger' | 'clock' | 'settings'>,
): Promise<void> {
  const { files, store, logger } = deps;
  const { id, folder, finalPath } = stored;
  const cancelled = { ...stored, state: 'failed', reason: 'download.cancelled' } as const;
  // An end before the part is removed must leave neither a part that nobody owns nor a download that comes back.
  await store.save(cancelled, toHistory(stored, cancelled, bytes, deps));
  try {
    await removeIntended(files, finalPath);
    await files.remove(PartFile.pathOf(files, folder, id));
    await store.remove(id);
  } catch (error) {
    logger.warn('what is left of a cancelled download is removed at the next start', { folder, error });
  }
}
