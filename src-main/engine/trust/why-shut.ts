import type { Approached, Shut } from '../shut-out.ts';
import type { BlockList } from './blocks/block-list.ts';
import type { Strikes } from './strikes.ts';

type Trust = {
  readonly blocks: Pick<BlockList, 'ruleOfPeer' | 'size'>;
  readonly strikes: Pick<Strikes, 'banEndMs'>;
};

/** Why a peer is not spoken to: what the user says comes before what it did. */
export function whyShut({ blocks, strikes }: Trust, { nodeId, hosts }: Approached): Shut | undefined {
  const ruleOf = (host: string) => (blocks.size > 0 ? blocks.ruleOfPeer({ host }) : undefined);
  const open = hosts.filter((host) => ruleOf(host) === undefined);
  const rule = blocks.ruleOfPeer({ nodeId, host: '' }) ?? (open.length === 0 ? ruleOf(hosts[0] ?? '') : undefined);
  if (rule !== undefined) return { code: 'peer.blocked', rule, untilMs: Number.POSITIVE_INFINITY };
  const untilMs = strikes.banEndMs({ nodeId, hosts: open });
  return untilMs === undefined ? undefined : { code: 'peer.banned', untilMs };
}
