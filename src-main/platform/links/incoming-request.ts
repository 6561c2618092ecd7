import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Headers, IncomingRequest, Remote } from '../../engine/ports/index.ts';
import { toPeerError } from './socket-error.ts';

/** `bodyFailure`: why its body could not be read, for which the asker alone is to blame. */
export type RequestWithBody = IncomingRequest & { readonly bodyFailure: () => unknown };

/** A request of node:http as the port has it. */
export function toIncomingRequest(message: IncomingMessage, response: ServerResponse, remote: Remote): RequestWithBody {
  let failure: unknown;
  const [path = '', query = ''] = splitPath(message.url ?? '/');
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new AppError('peer.closed', { address: formatAddress(remote.address) }));
  });
  return {
    remote,
    method: message.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: toHeaders(message),
    signal: gone.signal,
    bodyFailure: () => failure,
    body: (maxBytes) =>
      readBody(message, remote, maxBytes).catch((error: unknown) => {
        failure = error;
        throw error;
      }),
  };
}

/** Names in lower case; what was sent several times is joined as RFC 9110 says. */
export function toHeaders(message: IncomingMessage): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function splitPath(url: string): readonly string[] {
  const at = url.indexOf('?');
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

async function readBody(message: IncomingMessage, { address }: Remote, maxBytes: number): Promise<Uint8Array> {
  const tooLong = () =>
    new AppError('peer.protocol', { address: formatAddress(address), why: `a body of more than ${maxBytes} bytes` });
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) throw tooLong();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of message as AsyncIterable<Uint8Array>) {
      length += piece.length;
      if (length > maxBytes) throw tooLong();
      pieces.push(piece);
    }
  } catch (error) {
    throw toPeerError(error, address);
  }
  return Buffer.concat(pieces, length);
}
