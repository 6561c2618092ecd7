import type { Approached, Shut } from '../shut-out.ts';
import type { BlockList } from './blocks/block-list.ts';
import type { Strikes } from './strikes.ts';

type Trust = {
  readonly blocks: Pick<BlockList, 'ruleOfPeer' | 'size'>;
  readonly strikes: Pick<Strikes, 'banEndMs'>;
};

/** Why a peer is not spoken to: what the user says comes before what it did. */
export function whyShut({ blocks, strikes }: Trust, { nodeId, hosts }: Approached): Shut | undefined {
  if (blocks.size > 0) {
    for (const host of ['', ...hosts]) {
      const rule = blocks.ruleOfPeer({ nodeId, host });
      if (rule !== undefined) return { code: 'peer.blocked', rule, untilMs: Number.POSITIVE_INFINITY };
    }
  }
  const untilMs = strikes.banEndMs({ nodeId, hosts });
  return untilMs === undefined ? undefined : { code: 'peer.banned', untilMs };
}
