import type { EngineApi, EventName } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import { parseValue } from '../contract/parse-value.ts';
import {
  type CallRequest,
  type FaceAnswer,
  type FaceEvents,
  type ListenRequest,
  requestSchema,
} from '../contract/requests.ts';
import type { Logger } from '../engine/ports/index.ts';
import { answerCall, invalidInput } from './answer-request.ts';
import { EventBatch } from './event-batch.ts';
import { Turns } from './turns.ts';

type Deps = {
  readonly api: EngineApi;
  readonly logger: Logger;
  readonly send: (message: FaceEvents) => void;
};

/** Requests of one page that may run at once: what a page asks on opening, many times over. */
export const MAX_RUNNING_REQUESTS = 64;
/** Those that may wait for that: a page asks once for each chosen row, and one list alone may bring 10,000 downloads. */
export const MAX_WAITING_REQUESTS = 50_000;
/** UTF-16 units of their text in all: 300 of each of the short ones that so many are, or one list of files. */
export const MAX_WAITING_LENGTH = 16 * 2 ** 20;

/** One page, whatever carries it: its requests are answered, and the events that it asked for are sent in batches. */
export class FaceSession {
  readonly #deps: Deps;
  readonly #batch: EventBatch;
  readonly #listeners = new Map<EventName, () => void>();
  readonly #turns = new Turns({
    ...{ running: MAX_RUNNING_REQUESTS, waiting: MAX_WAITING_REQUESTS, waitingLength: MAX_WAITING_LENGTH },
  });
  #isClosed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#batch = new EventBatch((events) => deps.send({ events }));
  }

  /** Answers what the page sent; `length` of its text, where that came from outside. Never rejects. */
  async answer(message: unknown, length = 0): Promise<FaceAnswer> {
    const request = parseValue(requestSchema, message);
    if (!request.success) return refusal(idOf(message), invalidInput('request', request.error));
    const { data } = request;
    if (data.kind !== 'command' && data.kind !== 'query') return this.#setListening(data);
    return (await this.#turns.run(length, () => this.#call(data))) ?? refusal(data.id, tooMany());
  }

  /** The page is gone: nothing more is sent, and nothing that waits is begun: the peer may be about to stop. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const off of this.#listeners.values()) off();
    this.#listeners.clear();
    this.#batch.stop();
  }

  async #call(request: CallRequest): Promise<FaceAnswer> {
    return this.#isClosed ? refusal(request.id, pageGone()) : answerCall(this.#deps, request);
  }

  #setListening({ id, kind, name }: ListenRequest): FaceAnswer {
    if (kind === 'on') this.#listen(name);
    else this.#unlisten(name);
    return { id, ok: true, value: null };
  }

  #listen(name: EventName): void {
    if (this.#listeners.has(name)) return;
    this.#listeners.set(
      name,
      this.#deps.api.on(name, (data) => this.#batch.add(name, data)),
    );
  }

  #unlisten(name: EventName): void {
    this.#listeners.get(name)?.();
    this.#listeners.delete(name);
  }
}

const refusal = (id: number | null, error: AppError): FaceAnswer => ({ id, ok: false, error: error.toValue() });
const pageGone = () => new AppError('input.invalid', { what: 'request', why: 'the page is gone' });
const tooMany = () => new AppError('input.invalid', { what: 'request', why: 'too many requests at once' });

/** So that whoever asked something malformed learns that it was that. */
function idOf(message: unknown): number | null {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : null;
}
