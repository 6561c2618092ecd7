import { open } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import { MAX_LIST_BYTES } from '../contract/lists.ts';

/** The text of a list, at most 4 MiB; fails with input.invalid, or input.unknown when it is not there. */
export async function readList(path: string): Promise<string> {
  try {
    const handle = await open(path);
    try {
      // One byte more than allowed tells that there is more.
      const bytes = Buffer.alloc(MAX_LIST_BYTES + 1);
      let length = 0;
      for (let read = -1; read !== 0; length += read) ({ bytesRead: read } = await handle.read(bytes, length));
      if (length > MAX_LIST_BYTES) throw new AppError('input.invalid', { what: path, why: 'it is longer than 4 MiB' });
      return bytes.toString('utf8', 0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new AppError('input.unknown', { what: path, why: 'there is no such file' }, { cause: error });
    throw new AppError('input.invalid', { what: path, why: 'it cannot be read' }, { cause: error });
  }
}
