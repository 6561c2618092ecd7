import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { chunkLayerBytes } from '../content/constants.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { IncomingResponse } from '../ports/links.ts';
import type { SourceDialler } from './download-deps.ts';
import { isPeer, type PeerSource, type Source } from './source.ts';
import type { WebSeeds } from './web-seeds.ts';

/** A layer is read to its end up to this, that of 32 GiB, though it is longer than expected: it tells that the expected size is wrong. */
const ODD_LAYER_BYTES = 2 ** 20;

export type MetadataDeps = {
  readonly dialler: Pick<SourceDialler, 'request'>;
  readonly webSeeds: WebSeeds;
  readonly settings: () => Settings;
  readonly hasher: Hasher;
};

/** The size that a source has for a file, by HEAD or as a web server says; fails with peer.*, web.* or content.*. */
export async function fetchSize(
  source: Source,
  hash: ContentHash | undefined,
  deps: MetadataDeps,
  signal: AbortSignal,
): Promise<number> {
  if (!isPeer(source)) return fetchWebSize(source, deps, signal);
  const answer = await deps.dialler.request(
    source,
    { method: 'HEAD', path: `/content/${hash}`, maxBytes: 0, timeoutMs: deps.settings()['overlay.request-timeout'] },
    signal,
  );
  requireOk(answer, source);
  const length = answer.headers['content-length'] ?? '';
  if (!/^[1-9]\d{0,15}$/.test(length)) throw protocolError(source, 'no Content-Length');
  return Number(length);
}

async function fetchWebSize(
  { url, isLocalAllowed }: Source,
  { webSeeds }: MetadataDeps,
  signal: AbortSignal,
): Promise<number> {
  if (url === undefined) throw new AppError('internal', { why: 'a source without a name' });
  const opened = await webSeeds.connect({ url, isLocalAllowed }, signal);
  if ('kind' in opened) throw new AppError(opened.kind === 'queued' ? 'peer.busy' : opened.code, { address: url });
  opened.close();
  return opened.size;
}

/**
 * The chunk layer of a file, checked against hash and size. Fails with content.bad-tree when it does not fit, and with content.range when it is
 * that of a file of another size: who claimed this one may be wrong, and not the source.
 */
export async function fetchChunkLayer(
  source: PeerSource,
  file: { readonly hash: ContentHash; readonly size: number },
  deps: MetadataDeps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const answer = await deps.dialler.request(
    source,
    {
      method: 'GET',
      path: `/content/${file.hash}/tree`,
      maxBytes: Math.max(ODD_LAYER_BYTES, ...[file.size, ...source.sizes].map(chunkLayerBytes)),
      timeoutMs: deps.settings()['overlay.request-timeout'],
    },
    signal,
  );
  requireOk(answer, source);
  source.hasAnswered = true;
  if (answer.body.length !== chunkLayerBytes(file.size)) {
    source.denies(file.size);
    throw new AppError('content.range');
  }
  if (!(await deps.hasher.verifyLayer(answer.body, file))) throw new AppError('content.bad-tree');
  return answer.body;
}

function requireOk({ status }: IncomingResponse, { id: address }: Source): void {
  if (status === 404) throw new AppError('content.not-found');
  if (status === 410) throw new AppError('content.gone');
  if (status === 503 || status === 429) throw new AppError('peer.busy', { address });
  if (status !== 200) throw new AppError('peer.refused', { address, why: `status ${status}` });
}

function protocolError({ id: address }: Source, why: string): AppError {
  return new AppError('peer.protocol', { address, why });
}
