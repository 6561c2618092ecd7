import type { LogFields, Logger } from '../engine/ports/index.ts';

export type LogLine = {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
};

/** Enough to see what led to a failure; a long simulation must not fill the memory with lines. */
const MAX_LINES = 10_000;

/** Keeps the last lines for tests to read. */
export class MemoryLogger implements Logger {
  readonly #lines: LogLine[] = [];
  readonly #maxLines: number;

  constructor(options: { readonly maxLines?: number } = {}) {
    this.#maxLines = options.maxLines ?? MAX_LINES;
  }

  /** Oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#add({ level: 'debug', event, fields });
  }

  info(event: string, fields: LogFields = {}): void {
    this.#add({ level: 'info', event, fields });
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#add({ level: 'warn', event, fields });
  }

  error(event: string, fields: LogFields = {}): void {
    this.#add({ level: 'error', event, fields });
  }

  #add(line: LogLine): void {
    this.#lines.push(line);
    // Half at once: dropping one by one would move the whole list for every line.
    if (this.#lines.length > this.#maxLines) this.#lines.splice(0, Math.ceil(this.#maxLines / 2));
  }
}
