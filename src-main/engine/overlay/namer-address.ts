import type { KnownPeer } from '../../contract/address.ts';
import type { Source } from '../../contract/search.ts';
import type { Hits } from '../wire/messages/hits.ts';

/**
 * What only the one who asked knows of an answer: where its namer is. A supernode that names itself as a source may not know its own
 * address, and is not believed about it. The others that it names are its children: calls to them go through it (protocol section 11),
 * also to those that say that all can connect, for they may mean another address than the one that is known here.
 */
export function withNamerAddress(hits: Hits, { nodeId, address }: KnownPeer): Hits {
  // A parent passes on what others named: those calls go through them, as it says.
  const through = (hits.from ?? nodeId) === nodeId ? { nodeId, address } : undefined;
  const toSource = (source: Source): Source => {
    if (source.nodeId === nodeId) return { ...source, addresses: [address] };
    return through ? { ...source, through } : source;
  };
  return { ...hits, hits: hits.hits.map((hit) => ({ ...hit, sources: hit.sources.map(toSource) })) };
}
