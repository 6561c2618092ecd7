import type { PeerAddress } from '../contract/address.ts';
import type { NodeId } from '../contract/ids.ts';
import type { Links } from './ports/index.ts';
import { SMALL_ANSWER_BYTES } from './wire/limits.ts';

const TIMEOUT_MS = 10_000;

/** The NodeId of a peer that the user named by its address alone; fails with peer.*. */
export async function identify(address: PeerAddress, links: Links, signal: AbortSignal): Promise<NodeId> {
  const answer = await links.request(
    { address },
    { method: 'GET', path: '/about', maxBytes: SMALL_ANSWER_BYTES, timeoutMs: TIMEOUT_MS },
    signal,
  );
  return answer.remote.nodeId;
}
