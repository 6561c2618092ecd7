import { gunzipSync } from 'node:zlib';

/** The text inside gzip; undefined when it is no gzip of UTF-8 or more than `maxBytes`, where unpacking stops. */
export function unpackGzip(packed: Uint8Array, maxBytes: number): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(gunzipSync(packed, { maxOutputLength: maxBytes }));
  } catch {
    // zlib and the decoder throw for whatever is wrong with the bytes: a stranger's fault, told by undefined.
    return undefined;
  }
}
