import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { chunkCount, MAX_FILE_BYTES } from '../content/constants.ts';
import { ChunkTree } from './chunk-tree.ts';
import type { DownloadDeps } from './download-deps.ts';
import { fetchChunkLayer, fetchSize } from './fetch-metadata.ts';
import { isPeer, type PeerSource, type Source } from './source.ts';
import type { SourcePool } from './source-pool.ts';
import type { Wakeup } from './wakeup.ts';

/** Sources asked at once for the tree: a dumb one must not hold up the start. */
const ASK_AT_ONCE = 3;
/** How long to wait for news of sources before looking at the clock again. */
const LOOK_MS = 1000;

type Learning = {
  readonly hash: ContentHash;
  /** As the user gave it; undefined: believe the sources. */
  readonly size: number | undefined;
  readonly pool: SourcePool;
  readonly deps: DownloadDeps;
  readonly news: Wakeup;
  readonly changed: () => void;
  readonly signal: AbortSignal;
};

/** Learns the size and the chunk layer of a file from its sources, however long that takes; fails only when aborted. */
export async function learnFile(learning: Learning): Promise<ChunkTree> {
  const { hash, pool, news, signal } = learning;
  for (;;) {
    signal.throwIfAborted();
    const size = learning.size ?? pool.claimedSize();
    if (size !== undefined && chunkCount(size) === 1) return new ChunkTree(hash, size, new Uint8Array(0));
    // No web server has a chunk layer.
    const able = pool.startable().filter(({ url }) => size === undefined || url === undefined);
    const sources = able.slice(0, ASK_AT_ONCE);
    if (sources.length === 0) await news.wait(LOOK_MS, signal);
    else if (size === undefined) await Promise.all(sources.map((source) => learnSize(source, learning)));
    else {
      const layer = await firstLayer(sources.filter(isPeer), size, learning);
      if (layer) return new ChunkTree(hash, size, layer);
    }
  }
}

async function learnSize(source: Source, learning: Learning): Promise<void> {
  await attempt(source, learning, async () => {
    const size = await fetchSize(source, learning.hash, learning.deps, learning.signal);
    if (size > MAX_FILE_BYTES) throw new AppError('content.range');
    source.sizes.add(size);
  });
}

async function firstLayer(
  sources: readonly PeerSource[],
  size: number,
  learning: Learning,
): Promise<Uint8Array | undefined> {
  const file = { hash: learning.hash, size };
  const others = new AbortController();
  const signal = AbortSignal.any([learning.signal, others.signal]);
  const asked = sources.map(async (source) => {
    const layer = await attempt(
      source,
      learning,
      () => fetchChunkLayer(source, file, learning.deps, signal),
      others.signal,
    );
    // The next one's answer decides.
    if (!layer) throw new Error('no layer');
    return layer;
  });
  const first = await Promise.any(asked).catch(() => undefined);
  others.abort();
  await Promise.allSettled(asked);
  return first;
}

/** Runs one request to a source and gives its failure to the pool. */
async function attempt<T>(
  source: Source,
  learning: Learning,
  ask: () => Promise<T>,
  calledOff?: AbortSignal,
): Promise<T | undefined> {
  const { pool, deps, changed } = learning;
  source.state = 'connecting';
  changed();
  try {
    const answer = await ask();
    source.state = 'untried';
    return answer;
  } catch (error) {
    source.state = 'untried';
    if (learning.signal.aborted || calledOff?.aborted) return undefined;
    const { code } = toAppError(error);
    if (code === 'content.bad-tree') {
      pool.ban(source, code);
      if (source.nodeId !== undefined) deps.strike(source.nodeId, 'sent a tree that does not match');
    } else pool.rest(source, code);
    const isFalseHit = code === 'content.not-found' || code === 'peer.wrong-identity';
    if (isFalseHit) for (const supernode of source.namedBy) deps.judge(supernode, 'false');
    return undefined;
  } finally {
    changed();
  }
}
