import { formatAddress } from '../../contract/address.ts';
import type { ChildView, KeptParentView, NeighbourView, NetworkView, ParentView } from '../../contract/network.ts';
import type { Child } from '../supernode/children.ts';
import type { Neighbour } from '../supernode/neighbours.ts';
import type { LeafSide } from './leaf-side.ts';
import type { ParentLink } from './parent-link.ts';
import type { Role } from './role.ts';
import type { Session } from './session.ts';

/** This peer's place in the network, as a face shows it. */
export type PlaceView = Pick<NetworkView, 'role' | 'why' | 'need' | 'parent' | 'standby' | 'children' | 'neighbours'>;

/** Children and neighbours in one answer. */
const MAX_LISTED = 500;

export function placeView(leaf: LeafSide, role: Role, nowMs: number): PlaceView {
  const { service, why } = role;
  const { lost } = leaf;
  return {
    role: service ? 'supernode' : 'leaf',
    why,
    need: role.need ?? null,
    parent: keptView(leaf.parent, { nowMs, lost: lost.parents }),
    standby: keptView(leaf.standby, { nowMs, lost: lost.standbys }),
    children: (service?.children.all() ?? []).slice(0, MAX_LISTED).map((child) => childView(child, nowMs)),
    neighbours: (service?.neighbours.all() ?? []).slice(0, MAX_LISTED).map((other) => neighbourView(other, nowMs)),
  };
}

export function parentView({ nodeId, address, rttMs = 0 }: Session): ParentView {
  return { node: nodeId, address: formatAddress(address), rttMs: shownMs(rttMs) };
}

/** Tenths of a millisecond: a local network differs below 1 ms. */
export const shownMs = (ms: number): number => Math.round(10 * ms) / 10;

function keptView(
  link: ParentLink | undefined,
  { nowMs, lost }: { readonly nowMs: number; readonly lost: number },
): KeptParentView | null {
  return link ? { ...parentView(link.session), sinceMs: nowMs - link.sinceMs, lost } : null;
}

function childView({ session, address, name, role, files }: Child, nowMs: number): ChildView {
  const { nodeId, openedMs, rttMs } = session;
  return {
    node: nodeId,
    address: formatAddress(address ?? session.address),
    name: name ?? null,
    role,
    files: role === 'leaf' ? files : 0,
    connectedMs: nowMs - openedMs,
    rttMs: rttMs === undefined ? null : shownMs(rttMs),
  };
}

function neighbourView({ session, entry, name }: Neighbour, nowMs: number): NeighbourView {
  const { nodeId, openedMs, rttMs } = session;
  return {
    node: nodeId,
    address: formatAddress(entry.address),
    name: name ?? null,
    rttMs: rttMs === undefined ? null : shownMs(rttMs),
    connectedMs: nowMs - openedMs,
    children: entry.children,
  };
}
