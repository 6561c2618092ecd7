import { parseIp } from '../../../contract/ip.ts';

/** The addresses that begin with these `bits`; `parts` as of an Ip, zero beyond them. */
export type Network = { readonly version: 4 | 6; readonly parts: readonly number[]; readonly bits: number };

const PART_BITS = { 4: 8, 6: 16 } as const;
const ALL_BITS = { 4: 32, 6: 128 } as const;
/** A list of somebody else must not cut this peer off from everybody with one line: these are the largest networks that are handed out. */
const LEAST_BITS = { 4: 8, 6: 16 } as const;

/** Reads an address, or a network as `192.0.2.0/24`; gives why it is none. */
export function parseNetwork(text: string): Network | { readonly why: string } {
  const [host = '', length, ...more] = text.replace(/^\[(.*)\]/, '$1').split('/');
  const ip = parseIp(host);
  if (!ip || more.length > 0) return { why: 'an address is IPv4 or IPv6, with /BITS for a network' };
  const [all, least] = [ALL_BITS[ip.version], LEAST_BITS[ip.version]];
  const bits = length === undefined ? all : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(bits >= least && bits <= all)) return { why: `the bits of this network lie between ${least} and ${all}` };
  return { version: ip.version, bits, parts: maskTo(bits, ip) };
}

export function formatNetwork({ version, parts, bits }: Network): string {
  const host = version === 4 ? parts.join('.') : shortest(parts);
  return bits === ALL_BITS[version] ? host : `${host}/${bits}`;
}

/** RFC 5952, as URLs write it. */
function shortest(parts: readonly number[]): string {
  const host = parts.map((part) => part.toString(16)).join(':');
  return URL.parse(`http://[${host}]/`)?.hostname.slice(1, -1) ?? host;
}

function maskTo(bits: number, { version, parts }: Pick<Network, 'version' | 'parts'>): number[] {
  const size = PART_BITS[version];
  return parts.map((part, at) => {
    const kept = Math.min(Math.max(bits - at * size, 0), size);
    return part & ~((1 << (size - kept)) - 1);
  });
}

/** Addresses that are remembered: far more than are met at a time, in 1 MB. */
const MAX_FOUND = 10_000;

/** Networks that are looked up by address: as many steps as they have different lengths. */
export class Networks {
  /** What was looked up since the last change: a supernode asks for the same few hundred with each answer. */
  readonly #found = new Map<string, Network | undefined>();
  /** By version and length: their beginnings. */
  readonly #known = { 4: new Map<number, Set<string>>(), 6: new Map<number, Set<string>>() };

  add({ version, parts, bits }: Network): void {
    const ofLength = this.#known[version].get(bits) ?? new Set();
    this.#known[version].set(bits, ofLength.add(parts.join()));
    this.#found.clear();
  }

  remove({ version, parts, bits }: Network): void {
    const ofLength = this.#known[version].get(bits);
    ofLength?.delete(parts.join());
    if (ofLength?.size === 0) this.#known[version].delete(bits);
    this.#found.clear();
  }

  /** The one that an address is in; a name is in none: only a resolver knows. */
  find(host: string): Network | undefined {
    if (this.#known[4].size === 0 && this.#known[6].size === 0) return undefined;
    if (this.#found.has(host)) return this.#found.get(host);
    const found = this.#look(host);
    if (this.#found.size >= MAX_FOUND) this.#found.clear();
    this.#found.set(host, found);
    return found;
  }

  #look(host: string): Network | undefined {
    const ip = parseIp(host);
    if (!ip) return undefined;
    for (const [bits, beginnings] of this.#known[ip.version]) {
      const parts = maskTo(bits, ip);
      if (beginnings.has(parts.join())) return { version: ip.version, parts, bits };
    }
    return undefined;
  }
}
