import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

type Options = { readonly path: string; readonly maxBytes: number; readonly files: number };

/** One that could not be moved is tried again each time it has grown by this part of its cap, not with each line. */
const RETRY_SHARE = 0.1;

/**
 * A file that is appended to line by line and does not grow beyond `maxBytes`: full ones move to `path.1`, `path.2`, of which `files` in all are
 * kept. One that cannot be moved, as another program has it open, grows to twice that and then begins anew. Writes at once, so that the last
 * lines before a crash are there; a log has few lines a second.
 */
export class RotatedFile {
  readonly #options: Options;
  #descriptor: number | undefined;
  #size = 0;
  /** It is moved when it would grow beyond this. */
  #fullAt: number;
  #isClosed = false;

  /** Fails with the system's error when the file cannot be opened. */
  constructor(options: Options) {
    this.#options = options;
    this.#fullAt = options.maxBytes;
    this.#open('a');
  }

  /** Appends `text`, a whole line with its end. A failed write loses the line: a log must not stop what it tells of. */
  write(text: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(text);
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#fullAt) this.#rotate();
      // It could not be opened when it was moved, for want of descriptors or as the disk was away.
      const descriptor = this.#descriptor ?? this.#open('a');
      this.#size += writeSync(descriptor, bytes);
    } catch {
      // A full or vanished disk: the readable log on stderr goes on, and the engine reports the disk itself.
    }
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#release();
  }

  #open(flags: 'a' | 'w'): number {
    this.#descriptor = openSync(this.#options.path, flags, 0o600);
    this.#size = fstatSync(this.#descriptor).size;
    return this.#descriptor;
  }

  #release(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    // What was moved is not moved again when it could not be opened anew.
    this.#size = 0;
    if (descriptor !== undefined) closeSync(descriptor);
  }

  #rotate(): void {
    const { maxBytes } = this.#options;
    const isTooLong = this.#size > 2 * maxBytes;
    this.#release();
    const hasMoved = this.#hasMoved();
    this.#open(isTooLong && !hasMoved ? 'w' : 'a');
    this.#fullAt = Math.max(maxBytes, Math.min(this.#size + RETRY_SHARE * maxBytes, 2 * maxBytes));
  }

  #hasMoved(): boolean {
    const { path, files } = this.#options;
    try {
      if (files === 1) rmSync(path, { force: true });
      // Before the older ones: none of them may go for one that stays.
      else if (moveIfThere(path, `${path}.0`)) this.#shift();
      return true;
    } catch {
      return false;
    }
  }

  #shift(): void {
    const { path, files } = this.#options;
    try {
      for (let number = files - 2; number >= 0; number--) moveIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    } catch (error) {
      renameSync(`${path}.0`, path);
      throw error;
    }
  }
}

function moveIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return false;
  }
}
