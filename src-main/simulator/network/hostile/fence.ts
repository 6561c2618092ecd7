import type { IncomingRequest, OutgoingResponse } from '../../../engine/ports/index.ts';
import type { SupernodeEntry } from '../../../engine/wire/messages/supernode-entry.ts';
import type { SessionMessage } from '../../../engine/wire/session-message.ts';
import { Mask, rewritten } from './mask.ts';

/** As many as a welcome and an answer name (protocol sections 5 and 8). */
const IN_WELCOME = 20;
const IN_HITS = 8;

/** Names nobody but its accomplices: who comes by it is to see only their part of the world. */
export class Fence extends Mask {
  readonly #band: () => readonly SupernodeEntry[];

  constructor(band: () => readonly SupernodeEntry[]) {
    super();
    this.#band = band;
  }

  override sent(message: SessionMessage): SessionMessage {
    const band = this.#band();
    if (message.type === 'welcome') return { ...message, others: band.slice(0, IN_WELCOME) };
    if (message.type === 'leaving') return { ...message, successors: band.slice(0, IN_WELCOME) };
    if (message.type === 'hits' && message.supernodes) return { ...message, supernodes: band.slice(0, IN_HITS) };
    return message;
  }

  override answered({ path }: IncomingRequest, response: OutgoingResponse): OutgoingResponse {
    if (path === '/supernodes') return rewritten(response, (list: object) => ({ ...list, supernodes: this.#band() }));
    if (path === '/query') {
      const supernodes = this.#band().slice(0, IN_HITS);
      return rewritten(response, (hits: object) => ({ ...hits, supernodes }));
    }
    return response;
  }
}
