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
/** Peers that a search finds can check each chunk as it comes: web servers wait so long for them. */
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
  /** Fetches all of it from web servers; undefined when it is not to go on, as `goesOn` says, which is asked each second at least. */
  readonly fromWeb: (size: number, goesOn: () => boolean) => Promise<Learned | undefined>;
  readonly changed: () => void;
  readonly signal: AbortSignal;
};

/**
 * Learns the size and the chunk layer of a file from its sources, however long that takes. Fails with disk.* when it had to fetch all of it,
 * and when aborted.
 */
export async function learnFile(learning: Learning): Promise<Learned> {
  const { hash, pool, news, signal, deps } = learning;
  const webAtMs = deps.clock.monotonicMs() + (hash === undefined ? 0 : PEERS_FIRST_MS);
  for (;;) {
    signal.throwIfAborted();
    const size = sizeOf(learning);
    if (hash !== undefined && size !== undefined && chunkCount(size) === 1) return learned(hash, size);
    if (size === undefined) {
      const sources = pool.startable().slice(0, ASK_AT_ONCE);
      if (sources.length === 0) await news.wait(LOOK_MS, signal);
      else await Promise.all(sources.map((source) => learnSize(source, learning)));
    } else {
      const found = await learnChunks(size, webAtMs, learning);
      if (found) return found;
    }
  }
}

const sizeOf = ({ size, pool }: Learning): number | undefined => size ?? pool.claimedSize();

/** The chunk layer from peers, or that of all of the file from web servers, which wait for no silent peer; undefined when the size is another by now. */
async function learnChunks(size: number, webAtMs: number, learning: Learning): Promise<Learned | undefined> {
  const { hash, pool, news, signal, deps, fromWeb } = learning;
  const peers = hash === undefined ? undefined : new LayerAsker({ hash, size }, learning);
  const goesOn = () => {
    peers?.ask();
    return !peers?.layer && sizeOf(learning) === size;
  };
  try {
    while (goesOn()) {
      const mayLoad = deps.clock.monotonicMs() >= webAtMs && hasWebSeed(pool);
      const loaded = mayLoad ? await fromWeb(size, goesOn) : undefined;
      if (loaded) return loaded;
      if (goesOn()) await news.wait(LOOK_MS, signal);
    }
    return hash !== undefined && peers?.layer ? learned(hash, size, peers.layer) : undefined;
  } finally {
    await peers?.stop();
  }
}

const hasWebSeed = (pool: SourcePool): boolean =>
  pool.all.some(({ url }) => url !== undefined) && pool.startable().some(({ url }) => url !== undefined);

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

/** Asks peers for a chunk layer, a few at once, while other things go on; tells of it as news. */
class LayerAsker {
  layer: Uint8Array | undefined;
  readonly #file: { readonly hash: ContentHash; readonly size: number };
  readonly #learning: Learning;
  readonly #calledOff = new AbortController();
  #asking: Promise<void> | undefined;

  constructor(file: { readonly hash: ContentHash; readonly size: number }, learning: Learning) {
    this.#file = file;
    this.#learning = learning;
  }

  /** The next ones, unless some are being asked. */
  ask(): void {
    const { pool, news, signal } = this.#learning;
    if (this.#asking || this.layer || signal.aborted) return;
    const peers = pool.startable().filter(isPeer).slice(0, ASK_AT_ONCE);
    if (peers.length === 0) return;
    this.#asking = this.#first(peers).then((layer) => {
      this.layer = layer;
      this.#asking = undefined;
      news.notify();
    });
  }

  async stop(): Promise<void> {
    this.#calledOff.abort();
    await this.#asking;
  }

  /** Never rejects. */
  async #first(peers: readonly PeerSource[]): Promise<Uint8Array | undefined> {
    const { signal, deps } = this.#learning;
    const others = new AbortController();
    const calledOff = AbortSignal.any([others.signal, this.#calledOff.signal]);
    const limit = AbortSignal.any([signal, calledOff]);
    const asked = peers.map(async (peer) => {
      const ask = () => fetchChunkLayer(peer, this.#file, deps, limit);
      const layer = await attempt(peer, this.#learning, ask, calledOff);
      // The next one's answer decides.
      if (!layer) throw new Error('no layer');
      return layer;
    });
    const first = await Promise.any(asked).catch(() => undefined);
    others.abort();
    await Promise.allSettled(asked);
    return first;
  }
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
