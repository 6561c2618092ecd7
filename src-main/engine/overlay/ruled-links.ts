import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type {
  ContentClient,
  ContentConnection,
  Hole,
  IncomingResponse,
  KnownRemote,
  LinkHandler,
  Links,
  Listening,
  MeetingPlace,
  MetPeer,
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

  async openHole(to: KnownRemote, signal?: AbortSignal): Promise<Hole> {
    const hole = await ruled(this.#rules, to, () => this.#links.openHole(to, signal));
    return {
      ...{ remote: hole.remote, seen: hole.seen, keepsPort: hole.keepsPort, close: () => hole.close() },
      seenBy: (other, aborted) => this.#rules.run(other, () => hole.seenBy(other, aborted)),
      punch: (other, aborted) => ruled(this.#rules, other, () => hole.punch(other, aborted)),
    };
  }

  /** The relay is what is dialled; at the other end of it somebody else is, whose faults are not the relay's. */
  async meet(other: NodeId, relay: MeetingPlace, signal?: AbortSignal): Promise<MetPeer> {
    const { meeting } = await this.#rules.run(relay, async () => {
      this.#rules.requireOpen({ nodeId: other, address: relay.address });
      const { promise: entered, resolve } = Promise.withResolvers<void>();
      const meeting = this.#links.meet(other, { ...relay, entered: resolve }, signal);
      await Promise.race([entered, meeting]);
      return { meeting };
    });
    return meeting;
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
  // The key and the address behind a name are known only now; what was opened is never used and ends by itself.
  rules.requireOpen(reached.remote, to.address);
  rules.noteReached(to.address, reached.remote.address);
  return reached;
}
