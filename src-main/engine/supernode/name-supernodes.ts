import { wideBlock } from '../../contract/address-block.ts';
import { type KnownSupernode, toEntry } from '../overlay/known-supernode.ts';
import { SUPERNODE_LIST_ENTRIES } from '../wire/limits.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';

/** A supernode that was not measured is taken for a distant one. */
const UNKNOWN_RTT_MS = 1000;

/**
 * What `GET /supernodes` names: half those nearest to the asker (its own /16, then the shortest round trip from here), half at
 * random; all at random on request. `known` is in random order.
 */
export function nameSupernodes(
  known: readonly KnownSupernode[],
  askerHost: string,
  order: 'near' | 'random',
): readonly SupernodeEntry[] {
  if (order === 'random') return known.slice(0, SUPERNODE_LIST_ENTRIES).map(toEntry);
  const block = wideBlock(askerHost);
  const near = known
    .map((one) => ({ one, far: distance(one, block) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, SUPERNODE_LIST_ENTRIES / 2)
    .map(({ one }) => one);
  const chosen = new Set([...near, ...known.slice(0, SUPERNODE_LIST_ENTRIES)]);
  return [...chosen].slice(0, SUPERNODE_LIST_ENTRIES).map(toEntry);
}

function distance({ address, rttMs }: KnownSupernode, askerBlock: string): number {
  return wideBlock(address.host) === askerBlock ? -1 : (rttMs ?? UNKNOWN_RTT_MS);
}
