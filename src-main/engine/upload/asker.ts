import { formatAddress } from '../../contract/address.ts';
import { isSharedHost, singleBlock } from '../../contract/address-block.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Remote } from '../ports/index.ts';

/** Who asks, as limits count them. */
export type Asker = {
  readonly nodeId: NodeId | undefined;
  /** What a slot belongs to: the NodeId, or the address of an anonymous client. */
  readonly party: string;
  /** What limits for one address count: the address (/64), or the party itself in private ranges and behind a relay. */
  readonly block: string;
  /** `host:port`, for showing; empty when not known. */
  readonly address: string;
};

/** 1 is a stranger, 10 the most that a frequent uploader reaches (protocol section 10). */
export type Credit = (node: NodeId) => number;

export function askerOf({ nodeId, address }: Remote): Asker {
  const { host } = address;
  const isShared = isSharedHost(host);
  const block = isShared ? host : singleBlock(host);
  const party = nodeId ?? `anonymous ${block}`;
  return { nodeId, party, block: isShared ? party : block, address: host === '' ? '' : formatAddress(address) };
}

/** A peer that has not been seen since a restart. */
export const absentPeer = (node: NodeId): Asker => ({ nodeId: node, party: node, block: node, address: '' });
