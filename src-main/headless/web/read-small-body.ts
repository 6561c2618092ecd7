import type { IncomingMessage } from 'node:http';

/** The body as JSON; undefined when it is longer than `maxBytes`, or is not JSON. */
export async function readSmallBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    // A schema refuses undefined like any other unexpected body.
    return undefined;
  }
}
