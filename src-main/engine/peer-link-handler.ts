import { AppError } from '../contract/errors.ts';
import type { PeerParts } from './peer-parts.ts';
import type {
  IncomingRequest,
  KnownRemote,
  LinkHandler,
  OutgoingResponse,
  RelayPass,
  Remote,
  SessionLink,
} from './ports/index.ts';
import { isShut } from './shut-changes.ts';
import { errorAnswer } from './wire/http-answer.ts';

/** What other peers may ask of this one: content for everybody, everything else for peers with a certificate (protocol sections 4, 5). */
export class PeerLinkHandler implements LinkHandler {
  readonly #parts: PeerParts;

  constructor(parts: PeerParts) {
    this.#parts = parts;
  }

  accepts(remote: Remote): boolean {
    return !this.#parts.strikes.isBanned(remote) && !this.#isBlocked(remote);
  }

  misbehaved(remote: Remote, why: string): void {
    this.#parts.strikes.strike(remote, why);
  }

  session(link: SessionLink): void {
    this.#parts.overlay.session(link);
  }

  reversed(token: string, remote: KnownRemote): ReturnType<NonNullable<LinkHandler['reversed']>> {
    return this.#parts.overlay.calls.reversed(token, remote);
  }

  relayed(token: string, remote: KnownRemote): RelayPass | undefined {
    return this.#parts.overlay.relays.enter(token, remote);
  }

  async request(request: IncomingRequest): Promise<OutgoingResponse> {
    const { content, overlay, votes } = this.#parts;
    const { nodeId, address } = request.remote;
    // Accepted before the user blocked it, or before it was banned.
    if (isShut(this.#parts, { nodeId, host: address.host })) {
      return errorAnswer(403, new AppError('peer.refused', { address: 'this peer', why: 'not wanted' }));
    }
    const told = votes.handle(request);
    if (told) return told;
    if (request.path.startsWith('/content/')) return content.handle(request);
    if (request.remote.nodeId === undefined) {
      return errorAnswer(403, new AppError('peer.refused', { address: 'this peer', why: 'a certificate is needed' }));
    }
    if (request.path === '/shares') return content.handle(request);
    // Who was met at a relay has no address, by which the overlay knows and counts its peers.
    const answer = address.host === '' ? undefined : await overlay.handle(request);
    return answer ?? errorAnswer(404, new AppError('content.not-found'));
  }

  #isBlocked({ nodeId, address }: Remote): boolean {
    return this.#parts.blocks.blocksPeer({ nodeId, host: address.host });
  }
}
