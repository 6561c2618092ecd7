import { readFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type {
  CommandInput,
  CommandName,
  CommandOutputs,
  EngineApi,
  EventName,
  Events,
  QueryInput,
  QueryName,
  QueryOutputs,
} from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import { COMMAND_OUTPUTS, EVENT_OUTPUTS, QUERY_OUTPUTS } from '../contract/outputs.ts';
import { parseValue } from '../contract/parse-value.ts';
import type { FaceAnswer } from '../contract/requests.ts';
import {
  CONTROL_FILE,
  type ControlEvent,
  type ControlHello,
  type ControlInfo,
  type ControlRequest,
  MAX_ANSWER_BYTES,
  TOKEN_FILE,
} from './control-protocol.ts';
import { LineSplitter } from './line-splitter.ts';

type Waiting = {
  readonly output: z.ZodType;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
};
type WithoutId = ControlRequest extends infer R ? (R extends unknown ? Omit<R, 'id'> : never) : never;

/**
 * The EngineApi of the peer that runs on a data folder. Every call fails with control.closed once the peer is gone, and with
 * control.malformed when it answers what this version does not understand.
 */
export class ControlClient implements EngineApi {
  readonly pid: number;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #dataFolder: string;
  readonly #socket: Socket;
  readonly #lines = new LineSplitter(MAX_ANSWER_BYTES);
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<EventName, Set<(data: never) => void>>();
  #nextId = 1;
  #refusal: AppError | undefined;

  private constructor(dataFolder: string, info: ControlInfo, socket: Socket) {
    this.#dataFolder = dataFolder;
    this.pid = info.pid;
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    // Its reason is the same for every waiting call, which `close` ends.
    socket.on('error', () => {});
    socket.once('close', () => this.#fail());
  }

  /** Connects to the peer that runs on `dataFolder`; fails with control.not-running or control.denied. */
  static async connect(dataFolder: string): Promise<ControlClient> {
    const info = await readInfo(dataFolder);
    const socket = await open(dataFolder, info.path);
    const client = new ControlClient(dataFolder, info, socket);
    const hello: ControlHello = { token: info.token };
    socket.write(`${JSON.stringify(hello)}\n`);
    return client;
  }

  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutputs[N]> {
    return this.#ask({ kind: 'command', name, input }, COMMAND_OUTPUTS[name]) as Promise<CommandOutputs[N]>;
  }

  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutputs[N]> {
    return this.#ask({ kind: 'query', name, input }, QUERY_OUTPUTS[name]) as Promise<QueryOutputs[N]>;
  }

  /** The peer sends such events from before the next command of this client on. */
  on<N extends EventName>(name: N, listener: (event: Events[N]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    if (listeners.size === 0) this.#tell({ kind: 'on', name });
    listeners.add(listener);
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#tell({ kind: 'off', name });
    };
  }

  /** Asks the peer to end. */
  async stopPeer(): Promise<void> {
    await this.#ask({ kind: 'stop' });
  }

  /** A new address of the web face, good for one browser; fails with web.off. */
  async webAddress(): Promise<string> {
    return (await this.#ask({ kind: 'web' }, z.string())) as string;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#socket.end();
    this.#socket.destroySoon();
    await this.closed;
  }

  #ask(request: WithoutId, output: z.ZodType = z.unknown()): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(this.#gone());
      this.#waiting.set(id, { output, resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  /** For requests whose failure shows elsewhere: when the connection is gone, every waiting call says so. */
  #tell(request: WithoutId): void {
    this.#ask(request).catch(() => undefined);
  }

  #read(bytes: Buffer): void {
    try {
      const lines = this.#lines.push(bytes);
      if (!lines) throw new Error('a line is too long');
      for (const line of lines) this.#readMessage(JSON.parse(line) as FaceAnswer | ControlEvent);
    } catch (error) {
      this.#refusal ??= this.#malformed(error);
      this.#socket.destroy();
    }
  }

  /** Throws for what is malformed. */
  #readMessage(message: FaceAnswer | ControlEvent): void {
    if (!('event' in message)) {
      this.#readAnswer(message);
      return;
    }
    const listeners = this.#listeners.get(message.event);
    if (!listeners?.size) return;
    const event = EVENT_OUTPUTS[message.event].parse(message.data);
    for (const listener of listeners) listener(event as never);
  }

  #readAnswer(answer: FaceAnswer): void {
    const waiting = this.#waiting.get(answer.id ?? -1);
    this.#waiting.delete(answer.id ?? -1);
    if (answer.ok) {
      const value = waiting && parseValue(waiting.output, answer.value);
      if (value?.success) waiting?.resolve(value.data);
      else if (value) waiting?.reject(this.#malformed(value.error));
      return;
    }
    const { code, params } = answer.error;
    if (answer.id === null) this.#refusal = new AppError(code, { path: this.#dataFolder, ...params });
    else waiting?.reject(new AppError(code, params));
  }

  #fail(): void {
    for (const { reject } of this.#waiting.values()) reject(this.#gone());
    this.#waiting.clear();
  }

  #malformed(error: unknown): AppError {
    const why =
      error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s+/g, ' ') : toAppError(error).message;
    return new AppError('control.malformed', { path: this.#dataFolder, why }, { cause: error });
  }

  #gone(): AppError {
    return this.#refusal ?? new AppError('control.closed', { path: this.#dataFolder });
  }
}

async function readInfo(dataFolder: string): Promise<ControlInfo & { readonly token: string }> {
  try {
    const info = JSON.parse(await readFile(join(dataFolder, CONTROL_FILE), 'utf8')) as ControlInfo;
    const token = (await readFile(join(dataFolder, TOKEN_FILE), 'utf8')).trim();
    return { ...info, token };
  } catch (cause) {
    throw connectError(dataFolder, cause);
  }
}

async function open(dataFolder: string, path: string): Promise<Socket> {
  const socket = createConnection(path);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw connectError(dataFolder, cause);
  }
}

/** Without a right to look, it is not known whether a peer runs; anything else means that none does. */
function connectError(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new AppError(denied ? 'control.denied' : 'control.not-running', { path }, { cause });
}
