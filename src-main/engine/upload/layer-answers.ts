import type { ContentHash } from '../../contract/ids.ts';
import { leafLayer } from '../content/chunk-root.ts';
import { CHUNK_BYTES, chunkCount, chunkLength } from '../content/constants.ts';
import { hashInto } from '../content/hash-into.ts';
import type { IncomingRequest, OutgoingResponse, ReadHandle, Sha256 } from '../ports/index.ts';
import type { Lease } from './open-files.ts';
import type { RequestLimits } from './request-limits.ts';
import { badRequest, bytesAnswer, gone, notFound, tooManyRequests } from './responses.ts';
import type { ServedFiles } from './served-files.ts';
import type { Uploads } from './uploads.ts';

type Deps = {
  readonly uploads: Pick<Uploads, 'acquire'>;
  readonly files: Pick<ServedFiles, 'chunkLayer'>;
  readonly limits: RequestLimits;
  readonly sha256: Sha256;
};
type Asked = { readonly request: IncomingRequest; readonly hash: ContentHash };

/** Answers `/content/<hash>/tree`: the chunk layer, or the leaf layer of a file of one chunk and of the chunk that `?chunk=` names. */
export async function answerTree(deps: Deps, asked: Asked): Promise<OutgoingResponse> {
  const lease = await deps.uploads.acquire(asked.hash);
  if (typeof lease === 'string') return lease === 'gone' ? gone() : notFound();
  try {
    const chunk = asked.request.query.get('chunk');
    if (chunk !== null || lease.size <= CHUNK_BYTES) return await answerLeafLayer(deps, asked, { lease, chunk });
    const layer = await deps.files.chunkLayer(asked.hash, lease.size);
    return layer === undefined ? gone() : bytesAnswer(layer);
  } finally {
    lease.release();
  }
}

async function answerLeafLayer(
  { limits, sha256 }: Deps,
  { request }: Asked,
  { lease, chunk }: { readonly lease: Lease; readonly chunk: string | null },
): Promise<OutgoingResponse> {
  const index = /^\d{1,16}$/.test(chunk ?? '0') ? Number(chunk ?? '0') : Number.NaN;
  const length = chunkLength(lease.size, index);
  if (!(length > 0)) return badRequest('chunk', `it is a number below ${chunkCount(lease.size)}`);
  const allowed = limits.leafLayer(request.remote);
  if (allowed !== 'allowed') return tooManyRequests(allowed.waitMs);
  const bytes = await readChunk(lease.handle, index, length);
  return bytes ? bytesAnswer(leafLayer(bytes, hashInto(sha256))) : gone();
}

/** The bytes of a chunk, or undefined when the file has become shorter. */
async function readChunk(handle: ReadHandle, index: number, length: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = await handle.read(bytes.subarray(filled), index * CHUNK_BYTES + filled);
    if (read === 0) return undefined;
    filled += read;
  }
  return bytes;
}
