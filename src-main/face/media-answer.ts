import { parseRange } from '../contract/byte-range.ts';
import { formatContentRange } from '../contract/content-range.ts';
import { AppError, type ErrorCode, toAppError } from '../contract/errors.ts';
import { type Media, type MediaApi, type MediaRequest, mediaRequestSchema } from '../contract/media.ts';
import { parseValue } from '../contract/parse-value.ts';

export type MediaAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | string | undefined;
};
type Asked = {
  /** Of the URL: `/media/download/ID` or `/media/shared/HASH`, with `?size=N` where it is known. */
  readonly url: URL;
  readonly range: string | undefined;
  readonly isHead: boolean;
  /** Aborts when the asker has everything, or is gone: only that closes the file. */
  readonly signal: AbortSignal;
};

/** A stranger's file can neither run, nor load, nor be taken for another type (design section 13). */
const MEDIA_HEADERS = {
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** Answers a request for a file to be shown, by ranges as media elements ask. Never rejects: what fails is an answer too. */
export async function answerMedia(api: MediaApi, asked: Asked): Promise<MediaAnswer> {
  try {
    const request = readUrl(asked.url);
    if (!request) throw new AppError('media.unknown');
    return await answerWith(await api.media(request, asked.signal), asked);
  } catch (thrown) {
    const error = toAppError(thrown);
    return {
      status: STATUSES[error.code] ?? 500,
      headers: { ...MEDIA_HEADERS, 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ ok: false, error: error.toValue() }),
    };
  }
}

const STATUSES: { readonly [code in ErrorCode]?: number } = {
  'download.unknown': 404,
  'media.unknown': 404,
  'media.gone': 410,
  'media.not-passive': 415,
  'media.size-unknown': 503,
  'media.unchecked': 503,
  'media.not-yet': 503,
  'media.too-many': 503,
};

function readUrl({ pathname, searchParams }: URL): MediaRequest | undefined {
  const [, kind, name] = /^\/media\/(download|shared)\/([0-9a-f]{8,64})$/.exec(pathname) ?? [];
  const size = searchParams.get('size');
  const wanted =
    kind === 'download' ? { kind, id: name } : { kind, hash: name, ...(size ? { size: Number(size) } : {}) };
  const read = parseValue(mediaRequestSchema, wanted);
  return read.success ? read.data : undefined;
}

async function answerWith(media: Media, { range, isHead, signal }: Asked): Promise<MediaAnswer> {
  // A listener that comes after the abort is never called.
  if (signal.aborted) {
    await media.close();
    throw signal.reason;
  }
  const { size, type } = media;
  const wanted = parseRange(range, size);
  const headers = { ...MEDIA_HEADERS, 'Content-Type': type, 'Accept-Ranges': 'bytes' };
  if (wanted.kind === 'unsatisfiable') {
    await media.close();
    return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${size}` }, body: undefined };
  }
  const { start, end } = wanted.kind === 'part' ? wanted.range : { start: 0, end: size };
  const isPart = wanted.kind === 'part';
  if (isHead) await media.close();
  else signal.addEventListener('abort', () => void media.close(), { once: true });
  return {
    status: isPart ? 206 : 200,
    headers: {
      ...headers,
      'Content-Length': String(end - start),
      ...(isPart ? { 'Content-Range': formatContentRange({ start, end, size }) } : {}),
    },
    body: isHead ? undefined : media.read({ start, end: end - 1 }, signal),
  };
}
