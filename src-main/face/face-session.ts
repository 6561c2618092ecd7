import type { EngineApi, EventName } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import { parseValue } from '../contract/parse-value.ts';
import { type FaceAnswer, type FaceEvents, type FaceRequest, requestSchema } from '../contract/requests.ts';
import type { Logger } from '../engine/ports/index.ts';
import { answerCall, invalidInput } from './answer-request.ts';
import { EventBatch } from './event-batch.ts';

type Deps = {
  readonly api: EngineApi;
  readonly logger: Logger;
  readonly send: (message: FaceEvents) => void;
};

/** Requests of one page that may run at once: what a page asks on opening, many times over. */
const MAX_RUNNING_REQUESTS = 64;

/** One page, whatever carries it: its requests are answered, and the events that it asked for are sent in batches. */
export class FaceSession {
  readonly #deps: Deps;
  readonly #batch: EventBatch;
  readonly #listeners = new Map<EventName, () => void>();
  #running = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#batch = new EventBatch((events) => deps.send({ events }));
  }

  /** Answers what the page sent. Never rejects. */
  async answer(message: unknown): Promise<FaceAnswer> {
    const request = parseValue(requestSchema, message);
    if (!request.success) return refusal(idOf(message), invalidInput('request', request.error));
    if (this.#running >= MAX_RUNNING_REQUESTS) return refusal(request.data.id, tooMany());
    this.#running += 1;
    try {
      return await this.#run(request.data);
    } finally {
      this.#running -= 1;
    }
  }

  /** The page is gone: nothing more is sent. Idempotent. */
  close(): void {
    for (const off of this.#listeners.values()) off();
    this.#listeners.clear();
    this.#batch.stop();
  }

  async #run(request: FaceRequest): Promise<FaceAnswer> {
    if (request.kind === 'command' || request.kind === 'query') return answerCall(this.#deps, request);
    if (request.kind === 'on') this.#listen(request.name);
    else this.#unlisten(request.name);
    return { id: request.id, ok: true, value: null };
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
const tooMany = () => new AppError('input.invalid', { what: 'request', why: 'too many requests at once' });

/** So that whoever asked something malformed learns that it was that. */
function idOf(message: unknown): number | null {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : null;
}
