import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { chunkCount, MAX_FILE_BYTES } from '../content/constants.ts';
import { ChunkTree } from './chunk-tree.ts';
import type { DownloadDeps } from './download-deps.ts';
import { fetchChunkLayer, fetchSize } from './fetch-metadata.ts';
import { isPeer, type PeerSource, type Source } from './source.ts';
import type { SourcePool } from './source-pool.ts';
import type { Wakeup } from './wakeup.ts';

/** Sources asked at once for the tree: a dumb one must not hold up the start. */
const ASK_AT_ONCE = 3;
/** Peers that a search finds can check each chunk as it comes: web servers alone wait so long for them. */
const PEERS_FIRST_MS = 5000;
/** How long to wait for news of sources before looking at the clock again. */
const LOOK_MS = 1000;

/** What chunks hash to, and which of them are known to lie in the part. */
export type Learned = { readonly tree: ChunkTree; readonly recorded: ChunkMap };

type Learning = {
  /** Undefined for a file that a list names by other hashes. */
  readonly hash: ContentHash | undefined;
  /** As the user gave it; undefined: believe the sources. */
  readonly size: number | undefined;
  readonly pool: SourcePool;
  readonly deps: DownloadDeps;
  readonly news: Wakeup;
  /** Fetches all of it from web servers, while no peer can tell the chunk layer; undefined when it is not to go on. */
  readonly fromWeb: (size: number) => Promise<Learned | undefined>;
  readonly changed: () => void;
  readonly signal: AbortSignal;
};

/**
 * Learns the size and the chunk layer of a file from its sources, however long that takes. Fails with disk.* when it had to fetch all of it,
 * and when aborted.
 */
export async function learnFile(learning: Learning): Promise<Learned> {
  const { hash, pool, news, signal, deps, fromWeb } = learning;
  const webAtMs = deps.clock.monotonicMs() + (hash === undefined ? 0 : PEERS_FIRST_MS);
  for (;;) {
    signal.throwIfAborted();
    const size = learning.size ?? pool.claimedSize();
    if (hash !== undefined && size !== undefined && chunkCount(size) === 1) return learned(hash, size);
    // No web server has a chunk layer.
    const able = pool.startable().filter(({ url }) => size === undefined || url === undefined);
    const sources = able.slice(0, ASK_AT_ONCE);
    if (sources.length === 0) {
      const mayLoad = size !== undefined && deps.clock.monotonicMs() >= webAtMs;
      const loaded = mayLoad && pool.startable().length > 0 ? await fromWeb(size) : undefined;
      if (loaded) return loaded;
      await news.wait(LOOK_MS, signal);
    } else if (size === undefined) await Promise.all(sources.map((source) => learnSize(source, learning)));
    else if (hash !== undefined) {
      const layer = await firstLayer(sources.filter(isPeer), { hash, size }, learning);
      if (layer) return learned(hash, size, layer);
    }
  }
}

function learned(hash: ContentHash, size: number, layer: Uint8Array = new Uint8Array(0)): Learned {
  const tree = new ChunkTree(hash, size, layer);
  return { tree, recorded: new ChunkMap(tree.chunkCount) };
}

async function learnSize(source: Source, learning: Learning): Promise<void> {
  await attempt(source, learning, async () => {
    const size = await fetchSize(source, learning.hash, learning.deps, learning.signal);
    if (size > MAX_FILE_BYTES) throw new AppError('content.range');
    source.says(size);
  });
}

async function firstLayer(
  sources: readonly PeerSource[],
  file: { readonly hash: ContentHash; readonly size: number },
  learning: Learning,
): Promise<Uint8Array | undefined> {
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
    const judgement = isFalseHit ? source.disproved(code) : undefined;
    if (judgement) deps.judge(judgement);
    return undefined;
  } finally {
    changed();
  }
}
