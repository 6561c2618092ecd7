import { AppError } from '../../contract/errors.ts';
import type { OpenFile } from '../library/open-shared.ts';
import type { MediaSource } from './media-source.ts';

/** A shared file that was, when it was opened, what was hashed. */
export class SharedSource implements MediaSource {
  readonly name: string;
  readonly size: number;
  readonly isWhole = true;
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    this.#file = file;
    this.name = file.name;
    this.size = file.size;
  }

  async isHere(): Promise<boolean> {
    return true;
  }

  async read(target: Uint8Array, position: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const bytes = await this.#file.handle.read(target, position);
    if (bytes === 0) throw new AppError('media.gone', { name: this.name, why: 'the file became shorter' });
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.handle.close();
  }
}
