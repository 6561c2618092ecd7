import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import type {
  ContentClient,
  ContentConnection,
  IncomingResponse,
  KnownRemote,
  LinkHandler,
  Links,
  Listening,
  OutgoingRequest,
  Reversed,
  SessionLink,
} from '../ports/index.ts';
import type { DialRules } from './dial-rules.ts';

/** Links whose every dial obeys the dialling rules. */
export class RuledLinks implements Links {
  readonly #links: Links;
  readonly #rules: DialRules;

  constructor(links: Links, rules: DialRules) {
    this.#links = links;
    this.#rules = rules;
  }

  listen(address: PeerAddress, handler: LinkHandler): Promise<Listening> {
    return this.#links.listen(address, handler);
  }

  request(to: PeerTarget, request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    return ruled(this.#rules, to, () => this.#links.request(to, request, signal));
  }

  openSession(to: PeerTarget, signal?: AbortSignal): Promise<SessionLink> {
    return ruled(this.#rules, to, () => this.#links.openSession(to, signal));
  }

  reverse(to: KnownRemote, token: string, signal?: AbortSignal): Promise<Reversed> {
    return ruled(this.#rules, to, () => this.#links.reverse(to, token, signal));
  }

  close(): Promise<void> {
    return this.#links.close();
  }
}

/** A ContentClient whose every dial obeys the dialling rules. */
export class RuledContentClient implements ContentClient {
  readonly #client: ContentClient;
  readonly #rules: DialRules;

  constructor(client: ContentClient, rules: DialRules) {
    this.#client = client;
    this.#rules = rules;
  }

  connect(to: PeerTarget, signal?: AbortSignal): Promise<ContentConnection> {
    return ruled(this.#rules, to, () => this.#client.connect(to, signal));
  }
}

async function ruled<T extends { readonly remote: KnownRemote }>(
  rules: DialRules,
  to: PeerTarget,
  dial: () => Promise<T>,
): Promise<T> {
  const reached = await rules.run(to, dial);
  rules.noteReached(to.address, reached.remote.address);
  return reached;
}
