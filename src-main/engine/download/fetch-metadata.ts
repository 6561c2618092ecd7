import { formatAddress, type PeerTarget } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { chunkLayerBytes } from '../content/constants.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { IncomingResponse, Links } from '../ports/links.ts';
import type { Source } from './source.ts';

export type MetadataDeps = { readonly links: Links; readonly settings: () => Settings; readonly hasher: Hasher };

/** The size that a source has for a file, by HEAD; fails with peer.* or content.*. */
export async function fetchSize(
  source: Source,
  hash: ContentHash,
  deps: MetadataDeps,
  signal: AbortSignal,
): Promise<number> {
  return atAddresses(source, async (to) => {
    const answer = await deps.links.request(
      to,
      { method: 'HEAD', path: `/content/${hash}`, maxBytes: 0, timeoutMs: deps.settings()['overlay.request-timeout'] },
      signal,
    );
    requireOk(answer, to);
    const length = answer.headers['content-length'] ?? '';
    if (!/^[1-9]\d{0,15}$/.test(length)) throw protocolError(to, 'no Content-Length');
    return Number(length);
  });
}

/** The chunk layer of a file, checked against hash and size: content.bad-tree when it does not fit. */
export async function fetchChunkLayer(
  source: Source,
  file: { readonly hash: ContentHash; readonly size: number },
  deps: MetadataDeps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  return atAddresses(source, async (to) => {
    const answer = await deps.links.request(
      to,
      {
        method: 'GET',
        path: `/content/${file.hash}/tree`,
        maxBytes: chunkLayerBytes(file.size),
        timeoutMs: deps.settings()['overlay.request-timeout'],
      },
      signal,
    );
    requireOk(answer, to);
    if (!(await deps.hasher.verifyLayer(answer.body, file))) throw new AppError('content.bad-tree');
    return answer.body;
  });
}

async function atAddresses<T>(source: Source, ask: (to: PeerTarget) => Promise<T>): Promise<T> {
  let failure: unknown = new AppError('peer.unreachable', { address: source.nodeId, why: 'no address is known' });
  for (const address of source.addresses) {
    try {
      return await ask({ address, nodeId: source.nodeId });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function requireOk({ status }: IncomingResponse, to: PeerTarget): void {
  if (status === 404) throw new AppError('content.not-found');
  if (status === 410) throw new AppError('content.gone');
  if (status === 503 || status === 429) throw new AppError('peer.busy', { address: formatAddress(to.address) });
  if (status !== 200)
    throw new AppError('peer.refused', { address: formatAddress(to.address), why: `status ${status}` });
}

function protocolError(to: PeerTarget, why: string): AppError {
  return new AppError('peer.protocol', { address: formatAddress(to.address), why });
}
