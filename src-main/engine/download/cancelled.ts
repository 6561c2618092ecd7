import type { Statement } from '../ports/database.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import { PartFile } from './part-file.ts';

/** Removes what there is of a cancelled download; `end`: its entry in the history. */
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
  } catch (error) {
    logger.warn('the part of a cancelled download is removed at the next start', { folder, error });
    return;
  }
  await store.remove(id);
}
