import type { KnownPeer } from '../../contract/address.ts';
import { isSharedHost, narrowBlock, singleBlock } from '../../contract/address-block.ts';
import type { Call } from '../wire/messages/call.ts';
import type { Called } from '../wire/messages/called.ts';

/** The other end of a session that carries calls. `address`: where it is seen. */
export interface CallPeer extends KnownPeer {
  /** False when the session is gone. */
  send(message: Call | Called): boolean;
}

export type CallMessage = Call | Called;

/** By what calls of a peer are counted: many peers of one private network share its addresses. */
export const callerKey = ({ nodeId, address: { host } }: KnownPeer): string =>
  isSharedHost(host) ? nodeId : singleBlock(host);

/** The same for a /24. */
export const blockKey = ({ nodeId, address: { host } }: KnownPeer): string =>
  isSharedHost(host) ? nodeId : narrowBlock(host);
