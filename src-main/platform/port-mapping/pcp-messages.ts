/** PCP (RFC 6887): a MAP request for a TCP port and its answer. */

export type PcpRequest = {
  /** The peer's own address, IPv4. */
  readonly client: string;
  /** 12 random bytes, the same for renewals. */
  readonly nonce: Uint8Array;
  readonly internalPort: number;
  /** A wish. */
  readonly externalPort: number;
  readonly lifetimeSeconds: number;
};
/** `refused`: the result code. `old`: the router speaks NAT-PMP only. */
export type PcpAnswer =
  | {
      readonly kind: 'mapped';
      readonly externalPort: number;
      readonly external: string;
      readonly lifetimeSeconds: number;
      /** For how long the router has kept its mappings. */
      readonly epochSeconds: number;
    }
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'old' };

const VERSION = 2;
const MAP = 1;
const ANSWER = 0x80;
const TCP = 6;
const LENGTH = 60;
const NONCE_AT = 24;
const NONCE_BYTES = 12;
/** Where the 16 bytes of an IPv4 address hold it, as ::ffff:a.b.c.d. */
const V4_AT = 12;

export function encodePcp({ client, nonce, internalPort, externalPort, lifetimeSeconds }: PcpRequest): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = MAP;
  view.setUint32(4, lifetimeSeconds);
  bytes.set(mapped(client), 8);
  bytes.set(nonce.subarray(0, NONCE_BYTES), NONCE_AT);
  bytes[36] = TCP;
  view.setUint16(40, internalPort);
  view.setUint16(42, externalPort);
  bytes.set(mapped('0.0.0.0'), 44);
  return bytes;
}

/** Undefined for what is no answer to this request. */
export function decodePcp(bytes: Uint8Array, { nonce, internalPort }: PcpRequest): PcpAnswer | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A router of NAT-PMP answers in its own format that it does not know this version (RFC 6887, section 9).
  if (bytes.length >= 4 && bytes[0] === 0 && ((bytes[1] ?? 0) & ANSWER) !== 0) return { kind: 'old' };
  if (bytes.length < LENGTH || bytes[0] !== VERSION || bytes[1] !== (ANSWER | MAP)) return undefined;
  const isOurs = nonce.every((byte, at) => bytes[NONCE_AT + at] === byte);
  if (!isOurs || bytes[36] !== TCP || view.getUint16(40) !== internalPort) return undefined;
  const code = bytes[3] ?? 0;
  if (code !== 0) return { kind: 'refused', code };
  const external = unmapped(bytes.subarray(44, LENGTH));
  const externalPort = view.getUint16(42);
  if (external === undefined || externalPort === 0) return undefined;
  const [lifetimeSeconds, epochSeconds] = [view.getUint32(4), view.getUint32(8)];
  return { kind: 'mapped', externalPort, external, lifetimeSeconds, epochSeconds };
}

function mapped(host: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  bytes.set(host.split('.').map(Number), V4_AT);
  return bytes;
}

function unmapped(bytes: Uint8Array): string | undefined {
  const isV4 = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isV4 ? bytes.subarray(V4_AT).join('.') : undefined;
}
