import type { Clock, LogFields, Logger, Timer } from './ports/index.ts';
import type { Troubles } from './troubles.ts';

type Deps = { readonly logger: Logger; readonly clock: Clock; readonly troubles: Troubles };
type Level = 'info' | 'warn' | 'error';
type Repeated = { readonly level: Level; readonly event: string; readonly why: string | undefined; times: number };

const WINDOW_MS = 60_000;
/** Reasons of one event that are counted apart: strangers may cause many. */
const MAX_KINDS = 200;
/** Lines of one event in a window: what more of them say, nobody reads, and a stranger who causes them must not fill the disk. */
const MAX_LINES = 20;

/**
 * The log of an engine: what was told as a trouble is not told again by each who meets it, and of an event that repeats without end
 * and reason only the first lines of each minute and then how often it came. At level debug nothing is left out.
 */
export class CalmLogger implements Logger {
  readonly #deps: Deps;
  #events = new Map<string, Repeated>();
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  debug(event: string, fields?: LogFields): void {
    this.#deps.logger.debug(event, fields);
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

  /** Tells what was counted so far. */
  stop(): void {
    this.#endWindow();
  }

  #tell(level: Level, event: string, fields?: LogFields): void {
    const { logger, troubles } = this.#deps;
    const isQuiet = troubles.isTold(fields?.error) || this.#count(level, event, fields?.why) > MAX_LINES;
    logger[isQuiet ? 'debug' : level](event, fields);
  }

  /** How often it came in this window. */
  #count(level: Level, event: string, reason: unknown): number {
    const { clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#windowEndMs) {
      this.#endWindow();
      this.#windowEndMs = nowMs + WINDOW_MS;
    }
    const why = typeof reason === 'string' && this.#events.size < MAX_KINDS ? reason : undefined;
    const key = `${event} ${why}`;
    const repeated = this.#events.get(key) ?? { level, event, why, times: 0 };
    repeated.times += 1;
    this.#events.set(key, repeated);
    if (repeated.times > MAX_LINES) {
      this.#timer ??= clock.setTimer(this.#windowEndMs - nowMs, () => this.#endWindow());
    }
    return repeated.times;
  }

  #endWindow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const events = this.#events;
    this.#events = new Map();
    this.#windowEndMs = Number.NEGATIVE_INFINITY;
    for (const { level, event, why, times } of events.values()) {
      if (times > MAX_LINES) this.#deps.logger[level]('more of the same', { event, why, times: times - MAX_LINES });
    }
  }
}
