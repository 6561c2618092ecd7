import type { EventName, Events } from '../contract/api.ts';
import type { Logger } from './ports/index.ts';

type Listener<N extends EventName> = (event: Events[N]) => void;

/** Announces what happened to whoever listens. A listener that throws is a bug of a face: it is logged and the others are still told. */
export class EventHub {
  readonly #logger: Logger;
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  on<N extends EventName>(name: N, listener: Listener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<N extends EventName>(name: N, event: Events[N]): void {
    const listeners = (this.#listeners.get(name) ?? new Set()) as Set<Listener<N>>;
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error('a listener failed', { event: name, error });
      }
    }
  }
}
