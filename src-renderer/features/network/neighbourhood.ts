import type { NodeId } from '#contract/ids.ts';
import type { NetworkView } from '#contract/network.ts';
import type { SupernodeView } from '#contract/outputs.ts';

export type PeerKind = 'parent' | 'standby' | 'neighbour' | 'leaf' | 'warm' | 'searcher' | 'known';
export type AroundPeer = {
  readonly node: NodeId;
  readonly address: string;
  readonly name: string | null;
  readonly kind: PeerKind;
  readonly rttMs: number | null;
};
/** As `supernodes` answers, its address as text. */
export type KnownSupernode = Omit<SupernodeView, 'address'> & { readonly address: string };
export type PlacedPeer = AroundPeer & { readonly x: number; readonly y: number };

/** More would be a cloud in which nobody finds anything. */
const MAX_DRAWN = 60;
/** Supernodes that are only known are there to show that the network goes on. */
const MAX_KNOWN = 12;
/** So many of one half are not spread around. */
const FEW = 6;
const CHILD_KINDS = { leaf: 'leaf', standby: 'warm', searcher: 'searcher' } as const;

/** Everybody around this peer, those nearest in kind first. */
export function peersAround(network: NetworkView, supernodes: readonly KnownSupernode[]): readonly AroundPeer[] {
  const { parent, standby, neighbours, children } = network;
  const above: AroundPeer[] = [];
  if (parent) above.push({ ...pick(parent), name: null, kind: 'parent' });
  if (standby) above.push({ ...pick(standby), name: null, kind: 'standby' });
  const linked: readonly AroundPeer[] = [
    ...above,
    ...neighbours.map((peer) => ({ ...pick(peer), name: peer.name, kind: 'neighbour' as const })),
    ...children.map((peer) => ({ ...pick(peer), name: peer.name, kind: CHILD_KINDS[peer.role] })),
  ];
  const seen = new Set(linked.map(({ node }) => node));
  const known = supernodes
    .filter(({ node }) => !seen.has(node))
    .slice(0, MAX_KNOWN)
    .map((peer) => ({ ...pick(peer), name: null, kind: 'known' as const }));
  return [...linked, ...known];
}

const pick = ({ node, address, rttMs }: Pick<AroundPeer, 'node' | 'address' | 'rttMs'>) => ({ node, address, rttMs });

/** Between these a round trip is told apart, by its logarithm. */
const NEAR_MS = 1;
const FAR_MS = 1000;

/** 0 = at hand, 1 = far; in the middle when it is not known. */
function distanceOf(rttMs: number | null): number {
  if (rttMs === null) return 0.5;
  const part = Math.log(Math.max(NEAR_MS, rttMs) / NEAR_MS) / Math.log(FAR_MS / NEAR_MS);
  return Math.min(1, part);
}

const isAbove = ({ kind }: AroundPeer): boolean => kind !== 'leaf' && kind !== 'warm' && kind !== 'searcher';

/**
 * Places for as many as can be drawn, around 0,0 in an ellipse of the given half axes: supernodes in the upper half, children in the lower
 * one, or all around when there are many of only such; the quicker one answers, the closer.
 */
export function placePeers(
  peers: readonly AroundPeer[],
  { across, down }: { readonly across: number; readonly down: number },
): { readonly placed: readonly PlacedPeer[]; readonly left: number } {
  const linked = peers.filter(({ kind }) => kind !== 'known');
  const drawn = [...linked.slice(0, MAX_DRAWN), ...peers.slice(linked.length)];
  const above = drawn.filter(isAbove);
  const below = drawn.filter((peer) => !isAbove(peer));
  const place = (group: readonly AroundPeer[], from: number, to: number): readonly PlacedPeer[] =>
    group.map((peer, index) => {
      const angle = from + ((to - from) * (index + 0.5)) / group.length;
      // Every second one stands a little further out, so that many of one round trip do not touch.
      const stagger = group.length > 12 && index % 2 === 1 ? 0.14 : 0;
      const reach = peer.kind === 'known' ? 0.96 : 0.42 + 0.4 * distanceOf(peer.rttMs) + stagger;
      return { ...peer, x: Math.cos(angle) * across * reach, y: Math.sin(angle) * down * reach };
    });
  const isMixed = above.length > 0 && below.length > 0;
  const isRound = !isMixed && drawn.length > FEW;
  const placed = isRound
    ? place(drawn, -Math.PI, Math.PI)
    : [...place(above, -Math.PI, 0), ...place(below, 0, Math.PI)];
  return { placed, left: linked.length - Math.min(linked.length, MAX_DRAWN) };
}
