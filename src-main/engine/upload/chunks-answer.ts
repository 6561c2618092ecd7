import { toHex } from '../../contract/bytes.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { chunkCount } from '../content/constants.ts';
import type { Clock, IncomingRequest, OutgoingResponse, Sha256 } from '../ports/index.ts';
import { availableChunks } from './available-chunks.ts';
import { bytesAnswer, gone, notFound } from './responses.ts';
import type { Swarms } from './swarms.ts';
import type { Uploads } from './uploads.ts';

type Deps = {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly swarms: Swarms;
  readonly uploads: Pick<Uploads, 'acquire'>;
};
type Asked = { readonly request: IncomingRequest; readonly hash: ContentHash };

/** An asker that prefers to wait for news waits at most this long: below the patience of anything in between. */
const MAX_WAIT_MS = 20_000;
/** As much of a hash as two maps need to be told apart. */
const TAG_BYTES = 12;

/**
 * Answers `/content/<hash>/chunks`: one bit a chunk, chunk 0 the highest bit, spare bits 0. With the `ETag` of an earlier answer in `If-None-Match`
 * and `Prefer: wait=SECONDS` (RFC 7240) as soon as another map can be told, or 304 when the time is over.
 */
export async function answerChunks(deps: Deps, asked: Asked): Promise<OutgoingResponse> {
  const { clock, swarms } = deps;
  const { headers, signal } = asked.request;
  const untilMs = clock.monotonicMs() + preferredWaitMs(headers.prefer);
  for (;;) {
    const news = waitForNews(swarms, asked.hash);
    try {
      const answer = await answerNow(deps, asked);
      const leftMs = untilMs - clock.monotonicMs();
      if (answer.status !== 304 || leftMs <= 0 || signal.aborted) return answer;
      const over = new AbortController();
      await Promise.race([
        news.came,
        clock.sleep(leftMs, AbortSignal.any([signal, over.signal])).catch(() => undefined),
      ]);
      over.abort();
    } finally {
      news.stop();
    }
  }
}

async function answerNow({ uploads, swarms, sha256 }: Deps, asked: Asked): Promise<OutgoingResponse> {
  const lease = await uploads.acquire(asked.hash);
  if (typeof lease === 'string') return lease === 'gone' ? gone() : notFound();
  try {
    const file = { hash: asked.hash, size: lease.size };
    swarms.heard(file, asked.request);
    if (lease.part) swarms.servedPart(file);
    const held = availableChunks(swarms, { ...asked, lease }) ?? ChunkMap.full(chunkCount(lease.size));
    const bits = held.toBytes();
    const etag = tagOf(bits, sha256);
    if (asked.request.headers['if-none-match']?.trim() === etag) return { status: 304, headers: { etag } };
    return bytesAnswer(bits, { etag, 'cache-control': 'no-cache' });
  } finally {
    lease.release();
  }
}

function waitForNews(swarms: Swarms, hash: ContentHash): { readonly came: Promise<void>; readonly stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { came: promise, stop: swarms.onNews(hash, resolve) };
}

const tagOf = (bits: Uint8Array, sha256: Sha256): string => `"${toHex(sha256(bits).subarray(0, TAG_BYTES))}"`;

/** `wait=SECONDS` of a `Prefer` header; anything else waits for nothing. */
function preferredWaitMs(prefer: string | undefined): number {
  const match = /(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])/i.exec(prefer ?? '');
  return Math.min(Number(match?.[1] ?? 0) * 1000, MAX_WAIT_MS);
}
