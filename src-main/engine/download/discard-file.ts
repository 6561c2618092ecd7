import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { StoredDownload } from '../store/download-store.ts';

/** `writtenMs`: Unix ms; undefined when it was gone already. */
export type DiscardedFile = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly name: string;
  readonly writtenMs: number | undefined;
};

/** Deletes the file of a finished download. Fails with download.not-done, download.file-changed or disk.*. */
export async function discardFile(
  { id, state, finalPath: path, hash, size, name }: StoredDownload,
  files: Pick<FileSystem, 'statLink' | 'remove'>,
): Promise<DiscardedFile> {
  if (state !== 'done' || path === undefined || hash === undefined || size === undefined)
    throw new AppError('download.not-done', { id });
  const stat = await files.statLink(path);
  if (stat && (stat.kind !== 'file' || stat.size !== size)) throw new AppError('download.file-changed', { path });
  if (stat) await files.remove(path);
  return { hash, size, name, writtenMs: stat?.modifiedMs };
}
