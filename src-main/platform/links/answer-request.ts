import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LinkHandler, Logger, OutgoingResponse, Remote } from '../../engine/ports/index.ts';
import { isStream } from '../../engine/ports/is-stream.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { BufferPool } from './buffer-pool.ts';
import { toIncomingRequest } from './incoming-request.ts';
import { sendStream } from './send-stream.ts';

export type Answering = {
  readonly handler: LinkHandler;
  readonly remote: Remote;
  readonly pool: BufferPool;
  readonly stallMs: number;
  readonly logger: Logger;
};

/** Has the handler answer one request and sends what it says. Resolves when the answer has left or the connection is gone; never rejects. */
export async function answerRequest(
  message: IncomingMessage,
  response: ServerResponse,
  answering: Answering,
): Promise<void> {
  const { handler, remote, logger } = answering;
  let answer: OutgoingResponse;
  try {
    answer = await handler.request(toIncomingRequest(message, response, remote));
  } catch (error) {
    logger.error('a request could not be answered', { path: message.url, error });
    answer = { status: 500 };
  }
  const finished = new Promise<void>((resolve) => {
    response.once('finish', resolve).once('close', resolve);
    if (response.destroyed || message.socket.destroyed) resolve();
  });
  // Nobody's time matters here (protocol section 4), and a clock tells two peers of one machine apart from others.
  response.sendDate = false;
  // Half a body is still on its way: the connection cannot be used again.
  if (!message.complete) response.shouldKeepAlive = false;
  await send(answer, { ...answering, response, isHead: message.method === 'HEAD' });
  await finished;
  if (!message.complete) message.socket.destroySoon();
}

type Sending = Answering & { readonly response: ServerResponse; readonly isHead: boolean };

async function send({ status, headers = {}, body }: OutgoingResponse, sending: Sending): Promise<void> {
  const { response, isHead, pool, stallMs, logger } = sending;
  let complete = false;
  try {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0);
    response.writeHead(status, { ...headers, 'Content-Length': length, 'Shoal-Protocol': PROTOCOL_VERSION });
    if (isStream(body) && !isHead) complete = await sendStream(body, { response, pool, stallMs });
    else if (!isStream(body) && body && !isHead) response.write(body);
    if (complete || isHead || !isStream(body)) response.end();
  } catch (error) {
    // A head that node:http refuses, such as a header value with a line break: a bug of the handler.
    logger.error('an answer could not be sent', { status, error });
    response.destroy();
  }
  if (isStream(body)) await body.close(complete).catch((error) => logger.warn('a body could not be closed', { error }));
}
