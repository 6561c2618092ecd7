import type { IncomingRequest, OutgoingResponse } from '../../../engine/ports/index.ts';
import type { About } from '../../../engine/wire/about.ts';
import type { SessionMessage } from '../../../engine/wire/session-message.ts';
import { Mask, rewritten } from './mask.ts';

/** `idle` says that it has no children and room for all; `busy` says that it drowns in queries. */
export type Lie = 'idle' | 'busy';

const ROOM = 10_000;
const FLOOD = 1_000_000;

/** Lies about its load, to gather children, or to make others think that more or fewer supernodes are needed. */
export class LoadLiar extends Mask {
  readonly #lie: Lie;

  constructor(lie: Lie) {
    super();
    this.#lie = lie;
  }

  override sent(message: SessionMessage): SessionMessage {
    const { type } = message;
    const isSupernode = type === 'hello' ? message.role === 'supernode' : type === 'welcome' || type === 'load';
    if (!isSupernode) return message;
    if (this.#lie === 'busy') return type === 'load' ? { ...message, queriesPerMinute: FLOOD } : message;
    const idle = { ...message, children: 0, capacity: ROOM };
    return type === 'load' ? { ...idle, type, fullCapacity: ROOM, queriesPerMinute: 0 } : idle;
  }

  override answered({ path }: IncomingRequest, response: OutgoingResponse): OutgoingResponse {
    if (this.#lie === 'busy') return response;
    const idle = (about: About) => ({ ...about, children: 0, capacity: ROOM });
    if (path === '/about') return rewritten(response, idle);
    if (path !== '/supernodes') return response;
    return rewritten(response, (list: { about: About }) => ({ ...list, about: idle(list.about) }));
  }
}
