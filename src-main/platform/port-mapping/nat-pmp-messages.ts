/** NAT-PMP (RFC 6886): what is asked of a router and what it answers. */

export type NatPmpRequest = {
  readonly internalPort: number;
  /** A wish. */
  readonly externalPort: number;
  /** 0 removes the mapping. */
  readonly lifetimeSeconds: number;
};
/** `epochSeconds`: for how long the router has kept its mappings. */
export type NatPmpAnswer =
  | {
      readonly kind: 'mapped';
      readonly externalPort: number;
      readonly lifetimeSeconds: number;
      readonly epochSeconds: number;
    }
  | { readonly kind: 'refused'; readonly code: number };
export type NatPmpAddress =
  | { readonly kind: 'address'; readonly external: string; readonly epochSeconds: number }
  | { readonly kind: 'refused'; readonly code: number };

const VERSION = 0;
const EXTERNAL_ADDRESS = 0;
const MAP_TCP = 2;
const ANSWER = 0x80;

export const encodeAddressRequest = (): Uint8Array => Uint8Array.of(VERSION, EXTERNAL_ADDRESS);

export function encodeNatPmp({ internalPort, externalPort, lifetimeSeconds }: NatPmpRequest): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint8(0, VERSION);
  view.setUint8(1, MAP_TCP);
  view.setUint16(4, internalPort);
  view.setUint16(6, externalPort);
  view.setUint32(8, lifetimeSeconds);
  return new Uint8Array(view.buffer);
}

/** Undefined for what is no answer to a request for the address. */
export function decodeAddress(bytes: Uint8Array): NatPmpAddress | undefined {
  const code = codeOf(bytes, EXTERNAL_ADDRESS);
  if (code === undefined) return undefined;
  if (code !== 0) return { kind: 'refused', code };
  if (bytes.length < 12) return undefined;
  return { kind: 'address', external: bytes.subarray(8, 12).join('.'), epochSeconds: epochOf(bytes) };
}

/** Undefined for what is no answer to this request. */
export function decodeNatPmp(
  bytes: Uint8Array,
  { internalPort, lifetimeSeconds }: NatPmpRequest,
): NatPmpAnswer | undefined {
  const code = codeOf(bytes, MAP_TCP);
  if (code === undefined) return undefined;
  if (code !== 0) return { kind: 'refused', code };
  if (bytes.length < 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const externalPort = view.getUint16(10);
  const isOurs = view.getUint16(8) === internalPort && (externalPort !== 0 || lifetimeSeconds === 0);
  if (!isOurs) return undefined;
  return { kind: 'mapped', externalPort, lifetimeSeconds: view.getUint32(12), epochSeconds: epochOf(bytes) };
}

const epochOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4);

function codeOf(bytes: Uint8Array, operation: number): number | undefined {
  if (bytes.length < 8 || bytes[0] !== VERSION || bytes[1] !== (ANSWER | operation)) return undefined;
  return ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}
