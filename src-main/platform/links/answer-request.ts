import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../contract/errors.ts';
import type { LinkHandler, Logger, OutgoingResponse, Remote } from '../../engine/ports/index.ts';
import { isStream } from '../../engine/ports/is-stream.ts';
import { errorAnswer } from '../../engine/wire/http-answer.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import { type BufferPool, PIECE_BYTES } from './buffer-pool.ts';
import { type RequestWithBody, toIncomingRequest } from './incoming-request.ts';
import { sendBytes, sendStream } from './send-stream.ts';
import type { WaitingAnswers } from './waiting-answers.ts';

export type Answering = {
  readonly handler: LinkHandler;
  readonly remote: Remote;
  readonly pool: BufferPool;
  readonly waiting: WaitingAnswers;
  readonly stallMs: number;
  readonly logger: Logger;
};

/** More answers wait in memory than may. */
const BUSY = errorAnswer(503, new AppError('peer.busy', { address: 'this peer' }), { 'retry-after': '1' });

/** Has the handler answer one request and sends what it says. Resolves when the answer has left or the connection is gone; never rejects. */
export async function answerRequest(
  message: IncomingMessage,
  response: ServerResponse,
  answering: Answering,
): Promise<void> {
  // A request whose body is given up in the middle has none any more.
  const { socket } = message;
  const request = toIncomingRequest(message, response, answering.remote);
  let answer: OutgoingResponse;
  try {
    answer = await answering.handler.request(request);
  } catch (error) {
    answer = refusal(error, request, answering);
  }
  const isHead = message.method === 'HEAD';
  const release = answering.waiting.take(placeOf(answering.remote), isHead ? 0 : bytesInMemory(answer));
  if (!release) answer = BUSY;
  const finished = new Promise<void>((resolve) => {
    response.once('finish', resolve).once('close', resolve);
    if (response.destroyed || socket.destroyed) resolve();
  });
  // Nobody's time matters here (protocol section 4), and a clock tells two peers of one machine apart from others.
  response.sendDate = false;
  // Half a body is still on its way: the connection cannot be used again.
  if (!message.complete) response.shouldKeepAlive = false;
  await send(answer, { ...answering, response, isHead });
  const late = setTimeout(() => socket.destroy(), answering.stallMs);
  await finished;
  clearTimeout(late);
  release?.();
  if (!message.complete) socket.destroySoon();
}

/** Who was met at a relay has no address to be counted by. */
const placeOf = ({ nodeId, address }: Remote): string => address.host || (nodeId ?? '');

/** Of an answer that is no stream. */
const bytesInMemory = ({ body }: OutgoingResponse): number =>
  isStream(body) ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0);

/** What the asker is told when there is no answer: whose fault it is decides what is made of it. */
function refusal(error: unknown, request: RequestWithBody, { handler, remote, logger }: Answering): OutgoingResponse {
  if (error !== request.bodyFailure()) {
    logger.error('a request could not be answered', { path: request.path, error });
    return { status: 500 };
  }
  // One that left in the middle hears nothing, and has done nothing.
  if (error instanceof AppError && error.code === 'peer.protocol')
    handler.misbehaved(remote, 'a body that is too long');
  return { status: 400 };
}

type Sending = Answering & { readonly response: ServerResponse; readonly isHead: boolean };

async function send({ status, headers = {}, body }: OutgoingResponse, sending: Sending): Promise<void> {
  const { response, isHead, pool, stallMs, logger } = sending;
  let complete = false;
  try {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0);
    response.writeHead(status, { ...headers, 'Content-Length': length, 'Shoal-Protocol': PROTOCOL_VERSION });
    if (isStream(body) && !isHead) complete = await sendStream(body, { response, pool, stallMs });
    else if (!isStream(body) && body && !isHead) await sendWhole(body, { response, stallMs });
    if (complete || isHead || !isStream(body)) response.end();
  } catch (error) {
    // A head that node:http refuses, such as a header value with a line break: a bug of the handler.
    logger.error('an answer could not be sent', { status, error });
    response.destroy();
  }
  if (isStream(body)) await body.close(complete).catch((error) => logger.warn('a body could not be closed', { error }));
}

/** What fits into one piece needs no wait: the end of the answer is waited for. */
async function sendWhole(body: string | Uint8Array, sending: Pick<Sending, 'response' | 'stallMs'>): Promise<void> {
  if (body.length <= PIECE_BYTES) sending.response.write(body);
  else await sendBytes(typeof body === 'string' ? Buffer.from(body) : body, sending);
}
