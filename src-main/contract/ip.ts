/** Reads IP addresses as text. Nothing here resolves names. */

/** Four bytes or eight groups of 16 bits. IPv4 within IPv6 (`::ffff:a.b.c.d`) is read as IPv4 (protocol section 4). */
export type Ip =
  | { readonly version: 4; readonly parts: readonly number[] }
  | { readonly version: 6; readonly parts: readonly number[] };

/** The address that a host text stands for; undefined for a name or for anything malformed. A zone (`%eth0`) is left out. */
export function parseIp(host: string): Ip | undefined {
  if (host.length > LONGEST_IP) return undefined;
  if (read.has(host)) return read.get(host);
  const ip = readIp(host);
  if (read.size >= MOST_READ) read.clear();
  read.set(host, ip);
  return ip;
}

/** The same few addresses are asked for again and again: by each rule, for each message. */
const read = new Map<string, Ip | undefined>();
const MOST_READ = 4096;
/** 45 characters of IPv6 with IPv4 in it, and a zone as systems name them; longer texts would only be remembered. */
export const LONGEST_IP = 64;

function readIp(host: string): Ip | undefined {
  const v4 = parseIpv4(host);
  if (v4) return { version: 4, parts: v4 };
  const parts = parseIpv6(host.split('%', 1)[0] ?? '');
  if (!parts) return undefined;
  const isMapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
  return isMapped ? { version: 4, parts: embeddedIpv4(parts, 6) } : { version: 6, parts };
}

/** The four bytes that two groups of an IPv6 address hold. */
export function embeddedIpv4(groups: readonly number[], at: number): readonly number[] {
  const [high = 0, low = 0] = groups.slice(at, at + 2);
  return [high >> 8, high & 255, low >> 8, low & 255];
}

function parseIpv4(text: string): readonly number[] | undefined {
  // A leading zero means octal to some systems: such a text has no single meaning.
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = parseGroups(halves[1] ?? '', true);
  if (!head || !tail || halves.length > 2) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing >= 1 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : undefined;
}

/** Only the end of an address may be written as IPv4. */
function parseGroups(text: string, isEnd: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const pieces = text.split(':');
  for (const [i, piece] of pieces.entries()) {
    const v4 = isEnd && i === pieces.length - 1 ? parseIpv4(piece) : undefined;
    if (v4) groups.push(((v4[0] ?? 0) << 8) | (v4[1] ?? 0), ((v4[2] ?? 0) << 8) | (v4[3] ?? 0));
    else if (/^[0-9a-fA-F]{1,4}$/.test(piece)) groups.push(Number.parseInt(piece, 16));
    else return undefined;
  }
  return groups;
}
