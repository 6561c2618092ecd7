/** Hexadecimal and byte helpers that every layer needs and no host provides alike. */

const DIGITS = '0123456789abcdef';

/** Lower-case hex of `bytes`: two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15);
  return text;
}

/** The bytes of an even number of hex digits, or undefined for anything else. */
export function parseHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Like parseHex, for text that is known to be hex (a branded id). */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = parseHex(text);
  if (!bytes) throw new RangeError('not hexadecimal');
  return bytes;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
