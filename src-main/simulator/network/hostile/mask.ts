import type { IncomingRequest, KnownRemote, OutgoingResponse } from '../../../engine/ports/index.ts';
import type { SessionMessage } from '../../../engine/wire/session-message.ts';

/** One end of a session of a disguised peer. */
export type MaskedLink = {
  readonly remote: KnownRemote;
  /** What the link is for, by its hello; undefined until there was one. */
  readonly role: string | undefined;
  /** Says something in the peer's name, past the mask. */
  reply(message: SessionMessage): void;
};

/** What a hostile peer changes of what a real one would say and hear. This one changes nothing. */
export class Mask {
  /** What is sent in place of a message; undefined: nothing. */
  sent(message: SessionMessage, _link: MaskedLink): SessionMessage | undefined {
    return message;
  }

  /** What the peer hears in place of a message; undefined: nothing. */
  received(message: SessionMessage, _link: MaskedLink): SessionMessage | undefined {
    return message;
  }

  /** The answer to a request; undefined: what the peer itself would say, as `answered` makes it. */
  request(_request: IncomingRequest): Promise<OutgoingResponse> | undefined {
    return undefined;
  }

  answered(_request: IncomingRequest, response: OutgoingResponse): OutgoingResponse {
    return response;
  }
}

/** A JSON answer with some of its fields changed; others stay as they are. */
export function rewritten(response: OutgoingResponse, change: (value: never) => unknown): OutgoingResponse {
  const { body } = response;
  if (response.status !== 200 || typeof body !== 'string') return response;
  const value: unknown = change(JSON.parse(body) as never);
  return { ...response, body: JSON.stringify(value), decoded: value };
}
