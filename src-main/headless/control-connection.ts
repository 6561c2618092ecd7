import type { Socket } from 'node:net';
import { z } from 'zod';
import type { EngineApi, EventName } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import { parseValue } from '../contract/parse-value.ts';
import {
  type CallRequest,
  commandRequestSchema,
  type FaceAnswer,
  listenRequestSchema,
  queryRequestSchema,
  requestIdSchema,
} from '../contract/requests.ts';
import type { Logger } from '../engine/ports/index.ts';
import { answerCall, answerWith, invalidInput } from '../face/answer-request.ts';
import {
  type ControlEvent,
  MAX_REQUEST_BYTES,
  MAX_RUNNING_REQUESTS,
  MAX_UNKNOWN_BYTES,
  MAX_WAITING_BYTES,
  TOKEN_TIMEOUT_MS,
} from './control-protocol.ts';
import { LineSplitter } from './line-splitter.ts';

type Deps = {
  readonly api: EngineApi;
  readonly logger: Logger;
  readonly onStop: () => void;
  /** A new address of the web face; fails with web.off. */
  readonly webAddress: () => string;
  readonly isToken: (text: string) => boolean;
};

const helloSchema = z.object({ token: z.string().max(200) });
const requestSchema = z.discriminatedUnion('kind', [
  commandRequestSchema,
  queryRequestSchema,
  listenRequestSchema,
  z.object({ id: requestIdSchema, kind: z.enum(['stop', 'web']) }),
]);
type Request = z.infer<typeof requestSchema>;

/** One client of the control socket, from its token to its end. */
export class ControlConnection {
  readonly #deps: Deps;
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(MAX_UNKNOWN_BYTES);
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
    const request = parseValue(requestSchema, value);
    if (!this.#isKnown) this.#greet(value);
    else if (!request.success) this.#refuse(invalidInput('request', request.error));
    else if (this.#running.size >= MAX_RUNNING_REQUESTS) this.#refuse(tooMany());
    else this.#start(request.data);
  }

  #greet(value: unknown): void {
    const hello = parseValue(helloSchema, value);
    this.#isKnown = hello.success && this.#deps.isToken(hello.data.token);
    if (this.#isKnown) {
      clearTimeout(this.#tokenTimer);
      this.#lines.maxBytes = MAX_REQUEST_BYTES;
    } else this.#refuse(new AppError('control.denied'));
  }

  #start(request: Request): void {
    const answered = this.#answer(request).finally(() => this.#running.delete(answered));
    this.#running.add(answered);
  }

  async #answer(request: Request): Promise<void> {
    const isCall = request.kind === 'command' || request.kind === 'query';
    this.#send(
      await (isCall ? answerCall(this.#deps, request) : answerWith(this.#deps, request, () => this.#run(request))),
    );
  }

  #run(request: Exclude<Request, CallRequest>): unknown {
    switch (request.kind) {
      case 'stop':
        return this.#deps.onStop();
      case 'web':
        return this.#deps.webAddress();
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

  #send(message: FaceAnswer | ControlEvent): void {
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
