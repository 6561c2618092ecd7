import { isNodeId, type NodeId, parseNodeId } from './ids.ts';

/** Where a peer listens. `host` is a name, an IPv4 address, or an IPv6 address without brackets. */
export type PeerAddress = { readonly host: string; readonly port: number };
/** Of a peer that was met at a relay, or is known by its key alone: nobody knows where it is. */
export const NO_ADDRESS: PeerAddress = { host: '', port: 0 };
/** An address with, when known, the key that must answer there. */
export type PeerTarget = { readonly address: PeerAddress; readonly nodeId?: NodeId | undefined };
/** The same with its key. */
export type KnownPeer = { readonly nodeId: NodeId; readonly address: PeerAddress };

const INVITATION = /^shoal:\/\/([0-9a-fA-F]{64})@(.+)$/;

/** `host:port` or `[v6]:port`. */
export function formatAddress({ host, port }: PeerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `shoal://NODEID@host:port`, or the bare address when the key is not known. */
export function formatTarget({ address, nodeId }: PeerTarget): string {
  return nodeId === undefined ? formatAddress(address) : `shoal://${nodeId}@${formatAddress(address)}`;
}

/** Reads `host:port` or `[v6]:port`; undefined when it is neither. Port 0 is read only when `allowZero` (for listening). */
export function parseAddress(text: string, { allowZero = false } = {}): PeerAddress | undefined {
  // In brackets only what has a colon, and no more of it than an IPv6 address can have.
  const match = /^(?:\[(?=[^\]]*:)([0-9a-fA-F:.]{2,64})\]|([^\s:[\]/@]{1,253})):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  if (host === undefined || port > 65_535 || (port === 0 && !allowZero)) return undefined;
  return { host: unmapIpv4(host.toLowerCase()), port };
}

/** Reads an address or an invitation. */
export function parseTarget(text: string): PeerTarget | undefined {
  const invitation = INVITATION.exec(text);
  if (!invitation) {
    const address = parseAddress(text);
    return address && { address };
  }
  const nodeId = parseNodeId(invitation[1] ?? '');
  const address = parseAddress(invitation[2] ?? '');
  return nodeId && address && isNodeId(nodeId) ? { address, nodeId } : undefined;
}

/** `::ffff:a.b.c.d` is IPv4 before any rule looks at it (protocol section 4). */
export function unmapIpv4(host: string): string {
  const match = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.exec(host);
  return match?.[1] ?? host;
}
