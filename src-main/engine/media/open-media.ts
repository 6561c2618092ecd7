import { AppError } from '../../contract/errors.ts';
import type { Media, MediaRange, PassiveType } from '../../contract/media.ts';
import type { MediaSource } from './media-source.ts';

/** Bytes of one piece: a reader that stops holds no more than this. */
export const PIECE_BYTES = 256 * 1024;
/** A player has two or three readings under way. */
const MAX_READINGS = 16;

type Deps = { readonly source: MediaSource; readonly type: PassiveType; readonly closed: (media: OpenMedia) => void };

/** A file that is being shown, from being opened to being closed. */
export class OpenMedia implements Media {
  readonly name: string;
  readonly size: number;
  readonly type: PassiveType;
  readonly #source: MediaSource;
  readonly #closed: (media: OpenMedia) => void;
  readonly #abort = new AbortController();
  #readings = 0;
  #closing: Promise<void> | undefined;

  constructor({ source, type, closed }: Deps) {
    this.name = source.name;
    this.size = source.size;
    this.type = type;
    this.#source = source;
    this.#closed = closed;
  }

  async *read({ start, end }: MediaRange, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const isWithin = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end < this.size;
    if (!isWithin) throw new AppError('input.invalid', { what: 'range', why: 'it lies outside the file' });
    if (this.#readings >= MAX_READINGS) throw new AppError('media.too-many', { open: MAX_READINGS });
    const whileOpen = AbortSignal.any([signal, this.#abort.signal]);
    this.#readings++;
    try {
      let position = start;
      while (position <= end) {
        whileOpen.throwIfAborted();
        const piece = new Uint8Array(Math.min(PIECE_BYTES, end + 1 - position));
        const bytes = await this.#source.read(piece, position, whileOpen);
        yield piece.subarray(0, bytes);
        position += bytes;
      }
    } finally {
      this.#readings--;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#abort.abort(new AppError('media.gone', { name: this.name, why: 'it was closed' }));
    this.#closed(this);
    await this.#source.close();
  }
}
