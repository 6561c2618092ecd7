import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import { toDiskError } from './file-errors.ts';

export type OpenedFile = { readonly descriptor: number; readonly stats: BigIntStats };

/**
 * Opens a regular file for reading on this thread, following links; the caller closes it. Fails with disk.*. Without O_NONBLOCK
 * opening a named pipe would wait for its writer, perhaps for ever.
 */
export function openRegular(path: string): OpenedFile {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) throw new AppError('disk.failed', { path, why: 'it is not a file' });
    return { descriptor, stats };
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw toDiskError(error, path);
  }
}
