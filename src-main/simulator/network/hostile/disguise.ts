import type { LinkHandler, Links } from '../../../engine/ports/index.ts';
import type { Mask } from './mask.ts';
import { MaskedSession } from './masked-session.ts';

/** The links of a peer as its mask lets them be. */
export function maskedLinks(links: Links, mask: Mask): Links {
  return {
    listen: (address, handler) => links.listen(address, handler),
    request: (to, request, signal) => links.request(to, request, signal),
    openSession: async (to, signal) => new MaskedSession(await links.openSession(to, signal), mask),
    reverse: (to, token, signal) => links.reverse(to, token, signal),
    openHole: (to, signal) => links.openHole(to, signal),
    meet: (other, relay, signal) => links.meet(other, relay, signal),
    close: () => links.close(),
  };
}

/** What others reach of a peer, through its mask. */
export function maskedHandler(handler: LinkHandler, mask: Mask): LinkHandler {
  return {
    request: async (request) => {
      const invented = await mask.request(request);
      return invented ?? mask.answered(request, await handler.request(request));
    },
    session: (link) => handler.session(new MaskedSession(link, mask)),
    accepts: (remote) => handler.accepts(remote),
    misbehaved: (remote, why) => handler.misbehaved(remote, why),
  };
}
