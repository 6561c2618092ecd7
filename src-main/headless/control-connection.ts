import type { Socket } from 'node:net';
import { z } from 'zod';
import { COMMANDS, type EngineApi, EVENT_NAMES, type EventName, QUERIES } from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import type { Logger } from '../engine/ports/index.ts';
import {
  type ControlAnswer,
  type ControlEvent,
  MAX_REQUEST_BYTES,
  MAX_RUNNING_REQUESTS,
  MAX_WAITING_BYTES,
  TOKEN_TIMEOUT_MS,
} from './control-protocol.ts';
import { LineSplitter } from './line-splitter.ts';

type Deps = {
  readonly api: EngineApi;
  readonly logger: Logger;
  readonly onStop: () => void;
  readonly isToken: (text: string) => boolean;
};

const keysOf = <T extends object>(map: T) => Object.keys(map) as [keyof T & string, ...(keyof T & string)[]];
const idSchema = z.int().min(0);
const helloSchema = z.object({ token: z.string().max(200) });
const requestSchema = z.discriminatedUnion('kind', [
  z.object({ id: idSchema, kind: z.literal('command'), name: z.enum(keysOf(COMMANDS)), input: z.unknown() }),
  z.object({ id: idSchema, kind: z.literal('query'), name: z.enum(keysOf(QUERIES)), input: z.unknown() }),
  z.object({ id: idSchema, kind: z.enum(['on', 'off']), name: z.enum(EVENT_NAMES) }),
  z.object({ id: idSchema, kind: z.literal('stop') }),
]);
type Request = z.infer<typeof requestSchema>;

/** One client of the control socket, from its token to its end. */
export class ControlConnection {
  readonly #deps: Deps;
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(MAX_REQUEST_BYTES);
  readonly #listeners = new Map<EventName, () => void>();
  readonly #running = new Set<Promise<void>>();
  readonly #tokenTimer: NodeJS.Timeout;
  #isKnown = false;

  constructor(deps: Deps, socket: Socket) {
    this.#deps = deps;
    this.#socket = socket;
    this.#tokenTimer = setTimeout(() => socket.destroy(), TOKEN_TIMEOUT_MS);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', (error) => deps.logger.debug('a control connection failed', { why: error.message }));
    socket.once('close', () => this.#forget());
  }

  /** Waits for running requests for a moment, then closes. */
  async end(): Promise<void> {
    await Promise.race([
      Promise.all(this.#running),
      new Promise((resolve) => setTimeout(resolve, END_WAIT_MS).unref()),
    ]);
    if (this.#socket.destroyed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.end();
    const cut = setTimeout(() => this.#socket.destroy(), END_WAIT_MS);
    await closed;
    clearTimeout(cut);
  }

  #read(bytes: Buffer): void {
    const lines = this.#lines.push(bytes);
    for (const line of lines ?? []) {
      if (this.#socket.destroyed) return;
      this.#readLine(line);
    }
    if (!lines) this.#refuse(new AppError('input.invalid', { what: 'control', why: 'the line is too long' }));
  }

  #readLine(line: string): void {
    const value = parseJson(line);
    const request = requestSchema.safeParse(value);
    if (!this.#isKnown) this.#greet(value);
    else if (!request.success) this.#refuse(invalid('request', request.error));
    else if (this.#running.size >= MAX_RUNNING_REQUESTS) this.#refuse(tooMany());
    else this.#start(request.data);
  }

  #greet(value: unknown): void {
    const hello = helloSchema.safeParse(value);
    this.#isKnown = hello.success && this.#deps.isToken(hello.data.token);
    if (this.#isKnown) clearTimeout(this.#tokenTimer);
    else this.#refuse(new AppError('control.denied'));
  }

  #start(request: Request): void {
    const answered = this.#answer(request).finally(() => this.#running.delete(answered));
    this.#running.add(answered);
  }

  async #answer(request: Request): Promise<void> {
    try {
      this.#send({ id: request.id, ok: true, value: (await this.#run(request)) ?? null });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') {
        this.#deps.logger.error('a request failed', { kind: request.kind, stack: error.cause });
      }
      this.#send({ id: request.id, ok: false, error: error.toValue() });
    }
  }

  async #run(request: Request): Promise<unknown> {
    switch (request.kind) {
      case 'command': {
        const input = COMMANDS[request.name].safeParse(request.input);
        if (!input.success) throw invalid(request.name, input.error);
        return this.#deps.api.command(request.name, input.data);
      }
      case 'query': {
        const input = QUERIES[request.name].safeParse(request.input);
        if (!input.success) throw invalid(request.name, input.error);
        return this.#deps.api.query(request.name, input.data);
      }
      case 'stop':
        return this.#deps.onStop();
      default:
        return request.kind === 'on' ? this.#listen(request.name) : this.#unlisten(request.name);
    }
  }

  #listen(name: EventName): void {
    if (this.#listeners.has(name)) return;
    const listener = (data: unknown) => this.#send({ event: name, data });
    this.#listeners.set(name, this.#deps.api.on(name, listener));
  }

  #unlisten(name: EventName): void {
    this.#listeners.get(name)?.();
    this.#listeners.delete(name);
  }

  #send(message: ControlAnswer | ControlEvent): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.writableLength > MAX_WAITING_BYTES) {
      this.#deps.logger.warn('a control connection is cut: it does not read', { waiting: this.#socket.writableLength });
      this.#socket.destroy();
      return;
    }
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Says why, and ends: what comes after cannot be trusted. */
  #refuse(error: AppError): void {
    this.#send({ id: null, ok: false, error: error.toValue() });
    this.#socket.destroySoon();
  }

  #forget(): void {
    clearTimeout(this.#tokenTimer);
    for (const off of this.#listeners.values()) off();
    this.#listeners.clear();
  }
}

/** A running request may take this long when the peer stops, and a client this long to close. */
const END_WAIT_MS = 500;

const tooMany = () => new AppError('input.invalid', { what: 'control', why: 'too many requests at once' });

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON: the schema refuses undefined with a clear answer.
    return undefined;
  }
}

function invalid(what: string, error: z.ZodError): AppError {
  const issue = error.issues[0];
  const where = issue?.path.join('.');
  return new AppError('input.invalid', { what: where ? `${what} ${where}` : what, why: issue?.message ?? 'not valid' });
}
