import { formatAddress } from '../../contract/address.ts';
import { isPrivateHost, singleBlock } from '../../contract/address-block.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Remote } from '../ports/index.ts';

/** Who asks, as limits count them. */
export type Asker = {
  readonly nodeId: NodeId | undefined;
  /** What a slot belongs to: the NodeId, or the address of an anonymous client. */
  readonly party: string;
  /** What limits for one address count: the address (/64), or in private ranges the party itself. */
  readonly block: string;
  /** `host:port`, for showing; empty when not known. */
  readonly address: string;
};

/** 1 is a stranger, 10 the most that a frequent uploader reaches (protocol section 10). */
export type Credit = (node: NodeId) => number;

export function askerOf({ nodeId, address }: Remote): Asker {
  const isPrivate = isPrivateHost(address.host);
  const block = isPrivate ? address.host : singleBlock(address.host);
  const party = nodeId ?? `anonymous ${block}`;
  return { nodeId, party, block: isPrivate ? party : block, address: formatAddress(address) };
}

/** A peer that has not been seen since a restart. */
export const absentPeer = (node: NodeId): Asker => ({ nodeId: node, party: node, block: node, address: '' });
