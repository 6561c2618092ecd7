import type { PeerAddress } from '../../contract/address.ts';

/** Hosts that tell which networks this peer is in: a wildcard says nothing, the interfaces do. */
export function networkHosts(listening: readonly PeerAddress[], interfaces: readonly string[]): string[] {
  const hosts = listening.map(({ host }) => host).filter((host) => host !== '0.0.0.0' && host !== '::');
  return [...hosts, ...interfaces];
}
