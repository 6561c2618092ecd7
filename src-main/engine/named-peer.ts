import { type PeerTarget, parseAddress } from '../contract/address.ts';
import { isNodeId, type NodeId } from '../contract/ids.ts';
import type { PeerParts } from './peer-parts.ts';

/** Digits of a NodeId as it is shown. */
const MIN_PREFIX = 12;

/** Whether a text can be a NodeId, or the beginning of one as it is shown. */
export const isPrefix = (text: string): boolean => text.length >= MIN_PREFIX && /^[0-9a-f]{1,64}$/i.test(text);

/** A supernode by its NodeId or the beginning of it. */
export function knownSupernode(
  text: string,
  overlay: Pick<PeerParts['overlay'], 'supernodes'>,
): PeerTarget | undefined {
  const known = overlay.supernodes().find(({ node }) => isPrefix(text) && node.startsWith(text.toLowerCase()));
  return known && { address: known.address, nodeId: known.node };
}

type Met = {
  readonly overlay: { place(): { readonly children: readonly Place[] } };
  readonly downloads: { list(): readonly { readonly sources: readonly Place[] }[] };
};
type Place = { readonly node: string; readonly address: string };

/** A child of this peer or a source of a download, by its NodeId or the beginning of it, where others say that it is. */
export function metPeer(text: string, { overlay, downloads }: Met): PeerTarget | undefined {
  if (!isPrefix(text)) return undefined;
  const places = [...overlay.place().children, ...downloads.list().flatMap(({ sources }) => sources)];
  for (const { node, address: shown } of places) {
    const address = parseAddress(shown);
    if (address && isNodeId(node) && node.startsWith(text.toLowerCase())) return { address, nodeId: node as NodeId };
  }
  return undefined;
}
