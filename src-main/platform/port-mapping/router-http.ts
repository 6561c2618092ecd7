import type { IncomingMessage } from 'node:http';

export type RouterRequest = {
  readonly url: URL;
  /** Own address. */
  readonly from: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a POST. */
  readonly body?: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};
export type RouterAnswer = { readonly status: number; readonly text: string };

/** A router is in the same house; a slow one answers in a second or two. */
const TIMEOUT_MS = 5000;

/** One exchange with a router, redirects not followed; undefined when it says nothing usable in time. Never rejects. */
export async function askRouter({
  url,
  from,
  headers = {},
  body,
  maxBytes,
  signal,
}: RouterRequest): Promise<RouterAnswer | undefined> {
  const { request } = await import('node:http');
  const either = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, {
        agent: false,
        localAddress: from,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...headers,
          connection: 'close',
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        signal: either,
      })
        .once('response', resolve)
        .on('error', reject)
        .end(body);
    });
    return { status: answer.statusCode ?? 0, text: await readText(answer, maxBytes) };
  } catch {
    // Whatever it was, this router does not map ports now.
    return undefined;
  }
}

/** Ends the connection when there is more. */
async function readText(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new RangeError('a longer answer than any');
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length).toString();
}
