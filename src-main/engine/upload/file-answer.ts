import { isRangeCurrent, parseRange } from '../../contract/byte-range.ts';
import { type ByteRange, formatContentRange } from '../../contract/content-range.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { errorAnswer } from '../wire/http-answer.ts';
import { askerOf } from './asker.ts';
import { contentHeaders, entityTag } from './content-headers.ts';
import type { Lease } from './open-files.ts';
import { checkPreconditions } from './preconditions.ts';
import type { RequestLimits } from './request-limits.ts';
import { gone, headBody, notFound, retryLater } from './responses.ts';
import type { Begun, Uploads } from './uploads.ts';

type Deps = {
  readonly uploads: Uploads;
  readonly limits: RequestLimits;
  readonly settings: () => Pick<Settings, 'upload.request-max'>;
};
type Asked = { readonly request: IncomingRequest; readonly hash: ContentHash };
type Refused = Exclude<Begun, { kind: 'granted' }>;

/** Who met a full queue, or too many places of its address, comes back after this. */
const FULL_QUEUE_MS = 60_000;

/** Answers `GET` and `HEAD /content/<hash>`. */
export async function answerFile(deps: Deps, asked: Asked): Promise<OutgoingResponse> {
  const lease = await deps.uploads.acquire(asked.hash);
  if (lease === 'unknown') return notFound();
  if (lease === 'gone') return gone();
  const planned = plan(deps, asked, lease);
  if ('status' in planned) {
    lease.release();
    return planned;
  }
  return send(deps, { ...asked, lease, ...planned });
}

type Plan = { readonly range: ByteRange; readonly isPart: boolean };

/** What to send, or the answer that needs no bytes. HEAD knows no ranges (RFC 9110, section 14.2). */
function plan({ settings }: Deps, { request, hash }: Asked, { size, name }: Lease): Plan | OutgoingResponse {
  const { headers, method, remote } = request;
  const precondition = checkPreconditions(headers, entityTag(hash));
  if (precondition === 'failed') return errorAnswer(412, new AppError('content.changed'));
  if (precondition === 'not-modified') return { status: 304, headers: contentHeaders(hash, name) };
  if (method === 'HEAD') return { status: 200, headers: contentHeaders(hash, name), body: headBody(size) };
  const isCurrent = isRangeCurrent(headers['if-range'], entityTag(hash));
  const wanted = parseRange(isCurrent ? headers.range : undefined, size);
  if (wanted.kind === 'unsatisfiable') {
    return errorAnswer(416, new AppError('content.range'), { 'content-range': `bytes */${size}` });
  }
  const isPart = wanted.kind === 'part';
  const range = wanted.kind === 'part' ? wanted.range : { start: 0, end: size };
  // Only peers take turns by requests: a browser or a download tool of an anonymous client cannot put a file together.
  const max = remote.nodeId === undefined ? size : settings()['upload.request-max'];
  if (range.end - range.start <= max) return { range, isPart };
  // RFC 9110, section 15.3.7: an answer may hold less than the range asked for, but a whole is a whole.
  if (isPart) return { range: { start: range.start, end: range.start + max }, isPart };
  return errorAnswer(400, new AppError('content.range-needed', { bytes: max }));
}

async function send(
  { uploads, limits }: Deps,
  { request, hash, lease, range, isPart }: Asked & Plan & { readonly lease: Lease },
): Promise<OutgoingResponse> {
  const { remote, headers, signal } = request;
  const { size, name } = lease;
  const wanted = { asker: askerOf(remote), hash, name, size };
  const last = headers['x-queue']?.trim().toLowerCase() === 'last';
  const begun = await uploads.begin({ wanted, lease, range, last, signal });
  if (begun.kind !== 'granted') {
    if (begun.kind === 'refused') limits.refused(remote, 'too many places in the queue');
    return toRefusal(begun);
  }
  const all = contentHeaders(hash, name);
  if (!isPart) return { status: 200, headers: all, body: begun.body };
  return {
    status: 206,
    headers: { ...all, 'content-range': formatContentRange({ ...range, size }) },
    body: begun.body,
  };
}

function toRefusal(refused: Refused): OutgoingResponse {
  if (refused.kind === 'refused') {
    const code = refused.why === 'full' ? 'content.queue-full' : 'content.too-many-waiting';
    return retryLater(503, code, FULL_QUEUE_MS);
  }
  const { position, length, etaMs, pollMs } = refused;
  const headers = {
    'retry-after': String(Math.ceil(pollMs / 1000)),
    'x-queue': `position=${position}, length=${length}, eta=${Math.ceil(etaMs / 1000)}`,
  };
  return errorAnswer(503, new AppError('content.queued', { place: position }), headers);
}
