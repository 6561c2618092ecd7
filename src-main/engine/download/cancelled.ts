import type { Statement } from '../ports/database.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import { PartFile } from './part-file.ts';

/** As it is stored from its cancelling until all of it is removed. */
export const toCancelled = (stored: StoredDownload): StoredDownload => ({
  ...stored,
  state: 'failed',
  reason: 'download.cancelled',
});

/**
 * Removes what there is of a cancelled download; `end`: its entry in the history. Fails with disk.* when that it is cancelled cannot be kept:
 * then nothing is removed.
 */
export async function removeCancelled(
  cancelled: StoredDownload,
  end: readonly Statement[],
  { files, store, logger }: Pick<DownloadDeps, 'files' | 'store' | 'logger'>,
): Promise<void> {
  const { id, folder } = cancelled;
  // An end before the part is removed must leave neither a part that nobody owns nor a download that comes back.
  await store.save(cancelled, end);
  try {
    await files.remove(PartFile.pathOf(files, folder, id));
    await store.remove(id);
  } catch (error) {
    logger.warn('what is left of a cancelled download is removed at the next start', { folder, error });
  }
}
