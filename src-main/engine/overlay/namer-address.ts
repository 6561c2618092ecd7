import type { PeerAddress } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Hits } from '../wire/messages/hits.ts';

/**
 * A supernode that names itself as a source may not know its own address, and is not believed about it: whoever reached it knows. So
 * the asker puts the address that it used in its place.
 */
export function withNamerAddress(hits: Hits, namer: NodeId, address: PeerAddress): Hits {
  return {
    ...hits,
    hits: hits.hits.map((hit) => ({
      ...hit,
      sources: hit.sources.map((source) => (source.nodeId === namer ? { ...source, addresses: [address] } : source)),
    })),
  };
}
