import { join } from 'node:path';
import { inspect } from 'node:util';
import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import { AppError } from '../contract/errors.ts';
import type { LogFields, Logger } from '../engine/ports/index.ts';
import { RotatedFile } from './rotated-file.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type Options = {
  /** Gets one readable line per event, as long as somebody reads them. */
  readonly screen: { write(text: string): unknown; readonly writableLength?: number };
  /** Where `shoal.log` lies; without it nothing is kept. */
  readonly folder?: string;
  /** The least serious level that is told; asked at every event, so that a change is in force at once. */
  readonly level: () => LogLevel;
};

const FILE_NAME = 'shoal.log';
/** Weeks of an ordinary peer's log in a size that nobody misses. */
const MAX_FILE_BYTES = 5 * 2 ** 20;
const FILES = 3;
/** Of lines that nobody reads from a pipe: what comes then is in the file only, and must not fill the memory. */
const MAX_UNREAD_BYTES = 2 ** 20;
/** No event needs more, and a stranger's text must not fill the log. */
const MAX_VALUE_LENGTH = 300;
const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The log: readable lines on a screen, JSON lines in a rotated file. */
export class PinoLogger implements Logger {
  readonly #options: Options;
  readonly #file: RotatedFile | undefined;
  readonly #pino: Pino | undefined;
  #unshown = 0;

  /** Fails with data.unusable when the file cannot be opened. */
  constructor(options: Options) {
    this.#options = options;
    this.#file = options.folder === undefined ? undefined : openFile(options.folder);
    this.#pino = this.#file && makePino(this.#file);
  }

  debug(event: string, fields?: LogFields): void {
    this.#tell('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#tell('info', event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#tell('warn', event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#tell('error', event, fields);
  }

  /** Idempotent. */
  close(): void {
    this.#file?.close();
  }

  #tell(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (RANK[level] < RANK[this.#options.level()]) return;
    const known = Object.entries(fields).filter(([, value]) => value !== undefined);
    const told = Object.fromEntries(known.map(([key, value]) => [key, toTold(value)]));
    this.#pino?.[level](told, event);
    this.#show(toLine(level, event, told));
  }

  #show(line: string): void {
    const { screen } = this.#options;
    if ((screen.writableLength ?? 0) > MAX_UNREAD_BYTES) {
      this.#unshown++;
      return;
    }
    if (this.#unshown > 0) screen.write(`… ${this.#unshown} lines that nobody read were left out here\n`);
    this.#unshown = 0;
    screen.write(line);
  }
}

function openFile(folder: string): RotatedFile {
  const path = join(folder, FILE_NAME);
  try {
    return new RotatedFile({ path, maxBytes: MAX_FILE_BYTES, files: FILES });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('data.unusable', { path, why }, { cause });
  }
}

function makePino(destination: DestinationStream): Pino {
  const formatters = { level: (level: string) => ({ level }) };
  return pino({ base: null, level: 'debug', timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

/** Errors by what they say, long texts cut. */
function toTold(value: unknown): unknown {
  if (value instanceof AppError) return cut(`${value.message} (${value.code})`);
  if (value instanceof Error) return cut(value.stack ?? value.message);
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? cut(value) : value;
}

const cut = (text: string): string => (text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text);

/** `12:34:56 warn  cannot listen  port=1214 why="taken"`. Text is quoted as JSON does, so that it can neither end the line nor drive the terminal. */
function toLine(level: LogLevel, event: string, fields: LogFields): string {
  const time = new Date().toISOString().slice(11, 19);
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${toShown(value)}`);
  return `${time} ${level.padEnd(5)} ${event}${pairs.join('')}\n`;
}

const PLAIN = /^[\w.:@/+-]{1,100}$/;

function toShown(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return value;
  const isText = typeof value === 'string';
  const text = isText
    ? JSON.stringify(value)
    : cut(inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY }));
  return text.replaceAll(/[\u007F-\u009F]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
