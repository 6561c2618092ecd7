import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

type Options = { readonly path: string; readonly maxBytes: number; readonly files: number };

/**
 * A file that is appended to line by line and never grows beyond `maxBytes`: full ones move to `path.1`, `path.2`, of which
 * `files` in all are kept. Writes at once, so that the last lines before a crash are there; a log has few lines a second.
 */
export class RotatedFile {
  readonly #options: Options;
  #descriptor: number | undefined;
  #size = 0;

  /** Fails with the system's error when the file cannot be opened. */
  constructor(options: Options) {
    this.#options = options;
    this.#open();
  }

  /** Appends `text`, a whole line with its end. A failed write loses the line: a log must not stop what it tells of. */
  write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      if (this.#size > 0 && this.#size + bytes.length > this.#options.maxBytes) this.#rotate();
      if (this.#descriptor !== undefined) this.#size += writeSync(this.#descriptor, bytes);
    } catch {
      // A full or vanished disk: the readable log on stderr goes on, and the engine reports the disk itself.
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): void {
    this.#descriptor = openSync(this.#options.path, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  #rotate(): void {
    if (this.#descriptor === undefined) return;
    this.close();
    const { path, files } = this.#options;
    const nameOf = (number: number) => (number === 0 ? path : `${path}.${number}`);
    for (let number = files - 2; number >= 0; number--) moveIfThere(nameOf(number), nameOf(number + 1));
    if (files === 1) rmSync(path, { force: true });
    this.#open();
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
