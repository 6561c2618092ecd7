import type { ErrorCode } from '../../contract/errors.ts';
import type { Headers } from '../ports/links.ts';
import { AVAILABLE_HEADER } from '../wire/available-ranges.ts';

/**
 * What a refusal of a source means for the download. `waitMs`: until it will send, as far as it can tell. `isFalseHit`: whoever named this
 * source was wrong.
 */
export type Refusal =
  | { readonly kind: 'queued'; readonly place: number; readonly retryAfterMs: number; readonly waitMs?: number }
  /** It has other chunks: `ranges` says which. */
  | { readonly kind: 'lacks'; readonly ranges: string }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly isFalseHit: boolean };

const DEFAULT_RETRY_SECONDS = 30;
/** A source that asks for more is not believed for longer than this. */
const MAX_RETRY_SECONDS = 3600;
/** Longer waits nobody can foresee. */
const MAX_WAIT_SECONDS = 7 * 24 * 3600;

/** Of a server that is no peer. */
export type PlainRefusal = Exclude<Refusal, { readonly kind: 'lacks' }>;

/** Reads any answer other than 206 (protocol section 5). */
export function readRefusal(status: number, headers: Headers): Refusal {
  const ranges = headers[AVAILABLE_HEADER];
  return status === 416 && ranges !== undefined ? { kind: 'lacks', ranges } : readPlainRefusal(status, headers);
}

export function readPlainRefusal(status: number, headers: Headers): PlainRefusal {
  switch (status) {
    case 503:
    case 429:
      return {
        kind: 'queued',
        place: queuePlace(headers['x-queue'] ?? ''),
        retryAfterMs: 1000 * retryAfter(headers['retry-after'] ?? ''),
        ...queueWait(headers['x-queue'] ?? ''),
      };
    case 404:
      return { kind: 'refused', code: 'content.not-found', isFalseHit: true };
    case 410:
      return { kind: 'refused', code: 'content.gone', isFalseHit: false };
    case 416:
      return { kind: 'refused', code: 'content.range', isFalseHit: true };
    default:
      return { kind: 'refused', code: 'peer.refused', isFalseHit: false };
  }
}

function queuePlace(header: string): number {
  const match = /(?:^|[,;]\s*)position=(\d{1,6})/.exec(header);
  return match ? Math.max(1, Number(match[1])) : 1;
}

function queueWait(header: string): { readonly waitMs?: number } {
  const match = /(?:^|[,;]\s*)eta=(\d{1,9})(?![\d.])/.exec(header);
  return match ? { waitMs: 1000 * Math.min(Number(match[1]), MAX_WAIT_SECONDS) } : {};
}

function retryAfter(header: string): number {
  return /^\d{1,9}$/.test(header) ? Math.min(Math.max(1, Number(header)), MAX_RETRY_SECONDS) : DEFAULT_RETRY_SECONDS;
}
