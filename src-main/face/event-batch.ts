import type { EventName, Events } from '../contract/api.ts';
import type { NamedEvent } from '../contract/requests.ts';

/** A page is told at most five times a second (design section 13): faster than a person reads, slow enough to draw in between. */
export const BATCH_MS = 200;

/** Gathers events; of those that make an earlier one pointless only the last is kept, at its own place in the order. */
export class EventBatch {
  readonly #send: (events: readonly NamedEvent[]) => void;
  readonly #waiting = new Map<string, NamedEvent>();
  #timer: NodeJS.Timeout | undefined;
  #sentMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(send: (events: readonly NamedEvent[]) => void) {
    this.#send = send;
  }

  add<N extends EventName>(name: N, data: Events[N]): void {
    const event = { name, data } as AnyEvent;
    const key = sameThing(event) ?? `${this.#count++}`;
    this.#waiting.delete(key);
    // A page that has taken a cancelled download off its list must not be shown it again.
    if (event.name === 'download.failed' && event.data.code === 'download.cancelled')
      this.#waiting.delete(`download.progress ${event.data.id}`);
    this.#waiting.set(key, { name, data });
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#sentMs + BATCH_MS - performance.now()));
  }

  /** Forgets what waits. Idempotent. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    this.#sentMs = performance.now();
    const events = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#send(events);
  }
}

type AnyEvent = { [N in EventName]: { readonly name: N; readonly data: Events[N] } }[EventName];

/** A text that two events share when the later one says all that the earlier one did. */
function sameThing({ name, data }: AnyEvent): string | undefined {
  switch (name) {
    case 'download.progress':
      return `${name} ${data.id}`;
    case 'search.hit':
      return `${name} ${data.id} ${data.result.hash} ${data.result.size}`;
    case 'opinion':
      return `${name} ${data.hash} ${data.size}`;
    case 'search.wave':
      return `${name} ${data.id} ${data.wave}`;
    case 'settings':
      // One that does not need a restart says nothing of an earlier one that does.
      return data.restartNeeded ? undefined : `${name} ${data.key}`;
    case 'library':
    case 'library.progress':
    case 'parent':
    case 'role':
    case 'worlds':
      return name;
    case 'search.end':
    case 'download.done':
    case 'download.failed':
    case 'saved.found':
      return undefined;
  }
}
