import type { EventName } from '#contract/api.ts';
import { AppError } from '#contract/errors.ts';
import type { FaceAnswer, FaceEvents, FaceRequest } from '#contract/requests.ts';

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: AppError) => void };
type Listener = (events: readonly unknown[]) => void;
/** A request that has no number yet. */
export type WithoutId = FaceRequest extends infer R ? (R extends unknown ? Omit<R, 'id'> : never) : never;

/** Requests that wait for their answers, and who listens to which events; whatever carries them. */
export class CallBook {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<EventName, Set<Listener>>();
  #nextId = 1;

  /** Sends `request` by `send`, with an id of its own; gives what is answered. */
  call(request: WithoutId, send: (request: FaceRequest) => void): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send({ id, ...request } as FaceRequest);
    });
  }

  /** Gives true when nobody listened to such events before. */
  listen(name: EventName, listener: Listener): boolean {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return listeners.size === 1;
  }

  /** Gives true when nobody listens any more. */
  unlisten(name: EventName, listener: Listener): boolean {
    const listeners = this.#listeners.get(name);
    return listeners?.delete(listener) === true && listeners.size === 0;
  }

  /** What is listened to. */
  wanted(): readonly EventName[] {
    return [...this.#listeners].filter(([, { size }]) => size > 0).map(([name]) => name);
  }

  take(message: FaceAnswer | FaceEvents): void {
    if ('events' in message) this.#announce(message);
    else if (message.id !== null) this.#answer(message.id, message);
  }

  /** Everything that waits fails. */
  fail(error: AppError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #answer(id: number, answer: FaceAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(new AppError(answer.error.code, answer.error.params));
  }

  #announce({ events }: FaceEvents): void {
    const batches = new Map<EventName, unknown[]>();
    for (const { name, data } of events) {
      const batch = batches.get(name) ?? [];
      batches.set(name, batch);
      batch.push(data);
    }
    for (const [name, batch] of batches) for (const listener of this.#listeners.get(name) ?? []) listener(batch);
  }
}
