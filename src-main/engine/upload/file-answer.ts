import { isRangeCurrent, parseRange } from '../../contract/byte-range.ts';
import { type ByteRange, formatContentRange } from '../../contract/content-range.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { errorAnswer } from '../wire/http-answer.ts';
import { askerOf } from './asker.ts';
import { availableChunks, availableHeader, availableTo } from './available-chunks.ts';
import { contentHeaders, entityTag } from './content-headers.ts';
import type { Lease } from './open-files.ts';
import { checkPreconditions } from './preconditions.ts';
import type { RequestLimits } from './request-limits.ts';
import { gone, headBody, notFound, retryLater } from './responses.ts';
import type { Swarms } from './swarms.ts';
import type { Begun, Uploads } from './uploads.ts';

type Deps = {
  readonly uploads: Uploads;
  readonly limits: RequestLimits;
  readonly swarms: Swarms;
  readonly settings: () => Pick<Settings, 'upload.request-max'>;
  /** Bytes of a content that this peer, which loads it too, had from another one. */
  readonly given: (hash: ContentHash, node: NodeId) => number;
};
type Asked = { readonly request: IncomingRequest; readonly hash: ContentHash };
type Refused = Exclude<Begun, { kind: 'granted' | 'gone' }>;

/** Who met a full queue, or too many places of its address, comes back after this. */
const FULL_QUEUE_MS = 60_000;
/** Who could not be sent parts of what this peer is loading, because others are, comes back after this. */
const BUSY_MS = 2000;
/** Sent at once of what both load, so that many peers get a little soon. */
const SWAP_BYTES = 4 * CHUNK_BYTES;

/** Answers `GET` and `HEAD /content/<hash>`. */
export async function answerFile(deps: Deps, asked: Asked): Promise<OutgoingResponse> {
  const lease = await deps.uploads.acquire(asked.hash);
  if (lease === 'unknown') return notFound();
  if (lease === 'gone') return gone();
  const file = { hash: asked.hash, size: lease.size };
  deps.swarms.heard(file, asked.request);
  if (lease.part) deps.swarms.servedPart(file);
  const planned = plan(deps, asked, lease);
  if ('status' in planned) {
    lease.release();
    return planned;
  }
  return send(deps, { ...asked, lease, ...planned });
}

type Plan = { readonly range: ByteRange; readonly isPart: boolean; readonly available: ChunkMap | undefined };

/** What to send, or the answer that needs no bytes. HEAD knows no ranges (RFC 9110, section 14.2). */
function plan({ settings, swarms }: Deps, { request, hash }: Asked, lease: Lease): Plan | OutgoingResponse {
  const { headers, method, remote } = request;
  const { size, name } = lease;
  const precondition = checkPreconditions(headers, entityTag(hash));
  if (precondition === 'failed') return errorAnswer(412, new AppError('content.changed'));
  if (precondition === 'not-modified') return { status: 304, headers: contentHeaders(hash, name) };
  const available = availableChunks(swarms, { request, hash, lease });
  if (method === 'HEAD') {
    const told = availableHeader(available, size, 0);
    return { status: 200, headers: { ...contentHeaders(hash, name), ...told }, body: headBody(size) };
  }
  const isCurrent = isRangeCurrent(headers['if-range'], entityTag(hash));
  const wanted = parseRange(isCurrent ? headers.range : undefined, size);
  if (wanted.kind === 'unsatisfiable') {
    return errorAnswer(416, new AppError('content.range'), { 'content-range': `bytes */${size}` });
  }
  const isPart = wanted.kind === 'part';
  const all = wanted.kind === 'part' ? wanted.range : { start: 0, end: size };
  const end = available ? Math.min(all.end, availableTo(available, size, all.start)) : all.end;
  // An answer may hold less than the range asked for, but not nothing; and a whole is a whole.
  if (end === all.start || (end < all.end && !isPart)) {
    const told = { 'content-range': `bytes */${size}`, ...availableHeader(available, size, all.start) };
    return errorAnswer(416, new AppError('content.range'), told);
  }
  const range = { start: all.start, end };
  // Only peers take turns by requests: a browser or a download tool of an anonymous client cannot put a file together.
  const file = { hash, size };
  const isSwap = swarms.memberOf(file, request) !== undefined && swarms.swaps(file);
  const most = isSwap ? SWAP_BYTES : settings()['upload.request-max'];
  const max = remote.nodeId === undefined ? size : most;
  if (range.end - range.start <= max) return { range, isPart, available };
  // RFC 9110, section 15.3.7: an answer may hold less than the range asked for, but a whole is a whole.
  if (isPart) return { range: { start: range.start, end: range.start + max }, isPart, available };
  return errorAnswer(400, new AppError('content.range-needed', { bytes: max }));
}

async function send(
  { uploads, limits, swarms, given }: Deps,
  { request, hash, lease, range, isPart, available }: Asked & Plan & { readonly lease: Lease },
): Promise<OutgoingResponse> {
  const { remote, headers, signal } = request;
  const { size, name } = lease;
  const wanted = { asker: askerOf(remote), hash, name, size };
  const last = headers['x-queue']?.trim().toLowerCase() === 'last';
  const file = { hash, size };
  const member = swarms.memberOf(file, request);
  const swapRank = member && swarms.swaps(file) ? given(hash, member) : undefined;
  let ended = (_sentTo: number) => {};
  const sending = { wanted, lease, range, last, swapRank, signal, ended: (sentTo: number) => ended(sentTo) };
  const begun = await uploads.begin(sending);
  if (begun.kind === 'gone') return gone();
  if (begun.kind !== 'granted') {
    if (begun.kind === 'refused' && begun.why !== 'busy') limits.refused(remote, 'too many places in the queue');
    return toRefusal(begun);
  }
  if (member && !lease.part) ended = swarms.sending(file, member, range);
  const all = { ...contentHeaders(hash, name), ...availableHeader(available, size, range.start) };
  if (!isPart) return { status: 200, headers: all, body: begun.body };
  return {
    status: 206,
    headers: { ...all, 'content-range': formatContentRange({ ...range, size }) },
    body: begun.body,
  };
}

function toRefusal(refused: Refused): OutgoingResponse {
  if (refused.kind === 'refused') {
    if (refused.why === 'too-many') return retryLater(503, 'content.too-many-waiting', FULL_QUEUE_MS);
    return retryLater(503, 'content.queue-full', refused.why === 'full' ? FULL_QUEUE_MS : BUSY_MS);
  }
  const { position, length, etaMs, pollMs } = refused;
  const headers = {
    'retry-after': String(Math.ceil(pollMs / 1000)),
    'x-queue': `position=${position}, length=${length}, eta=${Math.ceil(etaMs / 1000)}`,
  };
  return errorAnswer(503, new AppError('content.queued', { place: position }), headers);
}
