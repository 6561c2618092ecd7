import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { classifyHost } from '../../contract/address-block.ts';

/** An address of this machine over which others in its network hear it. `name`: of the interface. */
export type OwnAddress = { readonly host: string; readonly name: string; readonly cidr: string };

/** Temporary IPv6 addresses add up; one or two of a family say all there is to say on one interface. */
const MAX_PER_INTERFACE = 2;
/** Sockets that send: more interfaces than this are virtual ones. */
const MAX_ADDRESSES = 16;

/** Addresses to be found at, when this peer listens on `host`; only that of a peer on loopback lies within this machine. */
export function ownAddresses(host: string): readonly OwnAddress[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, list = []]) => {
    const usable = list.flatMap(({ address, family, internal, cidr }) => {
      // Without its zone a link-local IPv6 address leads nowhere.
      const isUsable = cidr !== null && !(family === 'IPv6' && classifyHost(address) === 'link-local');
      const isEvery = host === '::' || (host === '0.0.0.0' && family === 'IPv4');
      const isWanted = isEvery ? !internal : address === host || isOther(host, { family, internal });
      return isUsable && isWanted ? [{ host: isEvery ? address : host, name, cidr }] : [];
    });
    const families = [usable.filter((one) => !isIPv6(one.host)), usable.filter((one) => isIPv6(one.host))];
    return families.flatMap((some) => some.slice(0, MAX_PER_INTERFACE));
  });
  return all.slice(0, MAX_ADDRESSES);
}

/** Every address of 127/8 is this machine, though the interface names only one. */
const isOther = (
  host: string,
  { family, internal }: { readonly family: string; readonly internal: boolean },
): boolean => internal && family === 'IPv4' && !isIPv6(host) && classifyHost(host) === 'loopback';

/** The networks that these addresses are in: who is in none of them does not speak for the local network. */
export function networksOf(addresses: readonly OwnAddress[]): { has(host: string): boolean } {
  const list = new BlockList();
  for (const { cidr } of addresses) {
    const [net = '', prefix = ''] = cidr.split('/');
    list.addSubnet(net, Number(prefix), isIPv6(net) ? 'ipv6' : 'ipv4');
  }
  return { has: (host) => list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4') };
}
