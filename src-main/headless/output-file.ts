import { constants } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';

/** Why a file cannot be written, in words of who named it. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the folder is not there',
  ENOTDIR: 'the folder is not there',
  EISDIR: 'that is a folder: name a file',
  EACCES: 'no permission to write it',
  EPERM: 'no permission to write it',
  EROFS: 'the disk is read-only',
  ENOSPC: 'no space is left',
};

/**
 * A file that is opened before a long task, so that a mistyped name costs nothing, and written after it. What was in it stays until then.
 * Throws `file.unwritable` with the path and the reason.
 */
export class OutputFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async open(path: string): Promise<OutputFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT).catch((cause) => unwritable(path, cause));
    return new OutputFile(path, handle);
  }

  /** Puts `text` in the place of what was there. */
  async write(text: string): Promise<void> {
    try {
      // A device or a pipe has no length.
      if ((await this.#handle.stat()).isFile()) await this.#handle.truncate();
      await this.#handle.writeFile(text);
    } catch (cause) {
      unwritable(this.#path, cause);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Writes it in the place of what was there. Throws `file.unwritable`. */
export const writeOutput = (path: string, text: string): Promise<void> =>
  writeFile(path, text).catch((cause) => unwritable(path, cause));

function unwritable(path: string, cause: unknown): never {
  const { code = 'an unknown reason' } = cause as NodeJS.ErrnoException;
  throw new AppError('file.unwritable', { path, why: REASONS[code] ?? code }, { cause });
}
