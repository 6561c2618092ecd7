import type { IncomingRequest, OutgoingResponse } from '../../../engine/ports/index.ts';
import type { SessionMessage } from '../../../engine/wire/session-message.ts';
import { Mask } from './mask.ts';

/** Takes children and links like any other, and never answers a query. */
export class Dropper extends Mask {
  override received(message: SessionMessage): SessionMessage | undefined {
    return message.type === 'query' || message.type === 'more' ? undefined : message;
  }

  override request({ path, signal }: IncomingRequest): Promise<OutgoingResponse> | undefined {
    if (path !== '/query') return undefined;
    // Until the asker gives up.
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ status: 503 }), { once: true });
    });
  }
}
