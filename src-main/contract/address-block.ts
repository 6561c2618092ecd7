import { embeddedIpv4, type Ip, LONGEST_IP, parseIp } from './ip.ts';

/**
 * Groups of addresses that limits are counted by (protocol section 4). For IPv6 /48 stands for /24, /32 for /16, /64 for one
 * address. A name is a block of its own.
 */

/** One address: IPv4, or the /64 that one IPv6 customer has at least. */
export const singleBlock = (host: string): string => blockOf(host, 4);
/** The /24, or /48. */
export const narrowBlock = (host: string): string => blockOf(host, 3);
/** The /16, or /32. Lists of supernodes ask for the same few thousand again and again. */
export function wideBlock(host: string): string {
  if (host.length > LONGEST_IP) return blockOf(host, 2);
  const known = WIDE.get(host);
  if (known !== undefined) return known;
  if (WIDE.size >= MAX_WIDE) WIDE.clear();
  const block = blockOf(host, 2);
  WIDE.set(host, block);
  return block;
}

const MAX_WIDE = 20_000;
const WIDE = new Map<string, string>();

export type AddressClass =
  | 'public'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'multicast'
  /** `0.0.0.0/8`, `::`, broadcast and what is not assigned. */
  | 'unusable'
  /** Not an IP address: only a resolver knows. */
  | 'name';

export function classifyHost(host: string): AddressClass {
  const ip = parseIp(host);
  if (!ip) return 'name';
  return ip.version === 4 ? classifyIpv4(ip.parts) : classifyIpv6(ip.parts);
}

/** Whether a host is an address that means something within one network only: loopback, private, link-local and the like. */
export function isPrivateHost(host: string): boolean {
  const kind = classifyHost(host);
  return kind !== 'public' && kind !== 'name';
}

/** Whether peers at a host are told apart by their keys alone: one private network may hold many, and where those met at a relay are nobody knows. */
export const isSharedHost = (host: string): boolean => host === '' || isPrivateHost(host);

function blockOf(host: string, parts: number): string {
  const ip: Ip | undefined = parseIp(host);
  if (!ip) return host.toLowerCase();
  if (ip.version === 4) return ip.parts.slice(0, parts).join('.');
  return `${ip.parts
    .slice(0, parts)
    .map((part) => part.toString(16))
    .join(':')}:`;
}

/** IANA's registry of special-purpose addresses. Ranges for documentation count as public: they lead nowhere. */
function classifyIpv4([a = 0, b = 0]: readonly number[]): AddressClass {
  if (a === 127) return 'loopback';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private';
  // 100.64/10 is the inside of a carrier's NAT, 198.18/15 a test bench.
  if ((a === 100 && b >= 64 && b < 128) || (a === 198 && (b === 18 || b === 19))) return 'private';
  if (a === 169 && b === 254) return 'link-local';
  if (a >= 224 && a < 240) return 'multicast';
  return a === 0 || a >= 240 ? 'unusable' : 'public';
}

function classifyIpv6(groups: readonly number[]): AddressClass {
  const [first = 0, second = 0] = groups;
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return 'loopback';
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  if ((first & 0xfe00) === 0xfc00) return 'private';
  if (first >= 0xff00) return 'multicast';
  // Translated and tunnelled addresses (NAT64, 6to4, Teredo) lead to the IPv4 address within; that of a network's own NAT64 may be anywhere.
  if (first === 0x64 && second === 0xff9b) return groups[2] === 0 ? classifyIpv4(embeddedIpv4(groups, 6)) : 'private';
  if (first === 0x2001 && second === 0)
    return classifyIpv4(
      embeddedIpv4(
        groups.map((group) => ~group & 0xffff),
        6,
      ),
    );
  if (first === 0x2002) return classifyIpv4(embeddedIpv4(groups, 1));
  return (first & 0xe000) === 0x2000 ? 'public' : 'unusable';
}
