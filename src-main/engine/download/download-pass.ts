import { AppError } from '../../contract/errors.ts';
import type { ChunksView } from '../../contract/transfer.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import type { Headers } from '../ports/links.ts';
import { RateMeter } from '../rate-meter.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { swarmHeaders } from '../wire/swarm-port.ts';
import { ChunkTree } from './chunk-tree.ts';
import { bytesOf, chunksView } from './chunks-view.ts';
import { ContentCheck } from './content-check.ts';
import type { DownloadDeps } from './download-deps.ts';
import { publish } from './finish.ts';
import { type Learned, learnFile } from './learn-file.ts';
import { type OpenPart, openPart } from './open-part.ts';
import { originOf } from './origin.ts';
import { PartFile, wantedPath } from './part-file.ts';
import type { PassOwner } from './pass-owner.ts';
import type { RangePlanner } from './range-planner.ts';
import { receivingLimit } from './receiving-limit.ts';
import type { Verified } from './shared-part.ts';
import { Transfer, type TransferEvents } from './transfer.ts';
import { WebLoad } from './web-load.ts';

/** While nothing happens the turn and the disk are looked at this often. */
const LOOK_MS = 10_000;

type Transferable = OpenPart & { readonly contents: ContentCheck };

/** The way of one download from whatever is known of it to the finished file. `run` may be called again after it failed. */
export class DownloadPass {
  readonly #deps: DownloadDeps;
  readonly #owner: PassOwner;
  readonly #meter: RateMeter;
  readonly #limit: TokenBucket;
  #tree: ChunkTree | undefined;
  #transfer: Transfer | undefined;
  /** Of the last run; what is verified stays in it. */
  #planner: RangePlanner | undefined;
  /** Before the first run: what an earlier start recorded. */
  #recorded: ChunkMap | undefined;
  #doneBytes = 0;
  #verified: Verified | undefined;
  /** While all of the file comes from the web. */
  #load: WebLoad | undefined;
  /** Of a file that came from the web, until it is opened as any other. */
  #loaded: PartFile | undefined;
  /** Size of the file while all of it comes from the web. */
  #loadingBytes = 0;
  /** Why chunks cannot go on moving. */
  #failure: unknown;

  constructor(owner: PassOwner, deps: DownloadDeps) {
    this.#owner = owner;
    this.#deps = deps;
    this.#meter = new RateMeter(deps.clock);
    this.#limit = receivingLimit(deps.clock, () => owner.stored.rateLimit || deps.settings()['download.rate-each']);
  }

  get size(): number | undefined {
    return this.#tree?.size ?? this.#owner.stored.size;
  }

  /** Verified bytes. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Bytes that did not come yet; undefined while the size is not known. */
  get leftBytes(): number | undefined {
    const { size } = this;
    return size === undefined ? undefined : Math.max(0, size - this.#doneBytes - (this.#transfer?.arrivingBytes ?? 0));
  }

  get rateBps(): number {
    return this.#meter.rateBps();
  }

  /** Bytes that it will still write, while chunks are moving. */
  get needsBytes(): number {
    if (this.#loadingBytes > 0) return this.#loadingBytes - this.#doneBytes;
    return this.#transfer && this.#tree ? this.#tree.size - this.#doneBytes : 0;
  }

  /** Brings back what an earlier start recorded, for showing: a run finds out by itself what is there. */
  async load(): Promise<void> {
    const { id, size } = this.#owner.stored;
    const recorded = await this.#deps.store.recorded(id);
    if (size === undefined || !recorded) return;
    this.#recorded = ChunkMap.fromBytes(recorded, chunkCount(size));
    if (this.#recorded) this.#doneBytes = bytesOf(this.#recorded, size);
  }

  /** What others may have of it: as long as it is under way and its part can be written. */
  get verified(): Verified | undefined {
    return this.#verified;
  }

  chunks(): ChunksView {
    const isWhole = this.#owner.stored.state === 'done';
    const sources = this.#owner.pool.usable.filter(({ state }) => state !== 'banned' && state !== 'unreachable');
    return chunksView({
      size: this.size,
      isWhole,
      planner: this.#planner,
      recorded: this.#load?.chunks() ?? this.#recorded,
      sources,
    });
  }

  /** There may be a new source, or it is not this download's turn any more. */
  look(): void {
    if (this.#owner.mayRun) this.#transfer?.fill();
    else this.#transfer?.stop();
  }

  /** Resolves when the file is complete and recorded; fails with disk.*, content.size-disputed, or the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#run(signal);
    } finally {
      await this.#loaded?.close();
      this.#loaded = undefined;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#deps.hasher.prepare();
    this.#owner.enter('learning');
    const tree = this.#tree ?? (await this.#knownTree()) ?? (await this.#learn(signal));
    this.#tree = tree;
    if (await this.#wasPublished(tree, signal)) return;
    this.#owner.enter('checking');
    this.#failure = undefined;
    const deps = { ...this.#deps, syncFailed: (error: unknown) => this.#fail(error), opened: this.#loaded };
    this.#loaded = undefined;
    const open = await openPart(this.#owner.stored, tree, deps, signal);
    this.#planner = open.planner;
    this.#doneBytes = open.doneBytes;
    this.#owner.preview.opened(open.planner);
    this.#verified = { ...tree, held: () => open.planner.done() };
    try {
      if (await this.#fetchAll(tree, open, signal)) await this.#finish(tree, signal);
    } finally {
      this.#verified = undefined;
    }
  }

  /** False when it was paused for what it is. */
  async #fetchAll(tree: ChunkTree, open: OpenPart, signal: AbortSignal): Promise<boolean> {
    const contents = new ContentCheck(this.#owner, this.#deps, { tree, part: open.part, signal });
    try {
      if (open.planner.isDone(0)) contents.begin();
      while (this.#isWanted && !open.planner.complete) await this.#transferOnce(tree, { ...open, contents }, signal);
      await open.recorder.flush();
      if (!this.#isWanted || !(await contents.settled())) return false;
      const { store, files } = this.#deps;
      // Another in its place is looked through from its beginning.
      const nothing = new ChunkMap(tree.chunkCount).toBytes();
      await open.part.requireInPlace(files, () => store.saveRecorded(this.#owner.stored.id, nothing));
      return true;
    } finally {
      await this.#leave(open);
    }
  }

  /** Whatever ended the work: what was verified is recorded, if the disk still takes it. */
  async #leave({ part, recorder }: OpenPart): Promise<void> {
    // What failed was told by the recorder, or fails the pass.
    await recorder.flush().catch(() => undefined);
    this.#owner.preview.closed();
    await this.#owner.saveSources();
    await part.close();
  }

  /** From an earlier start. */
  async #knownTree(): Promise<ChunkTree | undefined> {
    const { id, hash, size } = this.#owner.stored;
    const progress = await this.#deps.store.progress(id);
    return progress && hash !== undefined && size !== undefined ? new ChunkTree(hash, size, progress.layer) : undefined;
  }

  async #learn(signal: AbortSignal): Promise<ChunkTree> {
    const { stored, pool, news } = this.#owner;
    const { tree, recorded } = await learnFile({
      hash: stored.hash,
      size: stored.sizeGiven ? stored.size : undefined,
      pool,
      deps: this.#deps,
      news,
      signal,
      changed: () => this.#owner.sourcesChanged(),
      fromWeb: (size, goesOn) => this.#loadFromWeb(size, goesOn, signal),
    });
    await this.#owner.change({ hash: tree.hash, size: tree.size });
    await this.#deps.store.saveLayer(stored.id, tree.layer, recorded.toBytes());
    return tree;
  }

  get #isWanted(): boolean {
    return this.#owner.stored.state === 'wanted';
  }

  /** Undefined when it is not to go on, or not this download's turn. */
  async #loadFromWeb(size: number, goesOn: () => boolean, signal: AbortSignal): Promise<Learned | undefined> {
    const { stored, check, pool, news, limit, buffers, preview } = this.#owner;
    if (!this.#owner.mayRun) return undefined;
    await this.#owner.change({ size });
    this.#doneBytes = 0;
    const load = new WebLoad({
      ...{ ...this.#deps, stored, size, check, pool, news, buffers, preview },
      limits: [limit, this.#limit],
      goesOn: () => goesOn() && this.#owner.mayRun,
      requireSpace: () => this.#requireSpace(size - this.#doneBytes),
      progress: (bytes) => {
        this.#doneBytes += bytes;
        // What turns out to be wrong is taken back; no rate is below nothing.
        if (bytes > 0) this.#meter.add(bytes);
        this.#owner.progressed();
      },
      sourcesChanged: () => {
        this.#owner.sourcesChanged();
        void this.#owner.saveSources();
      },
    });
    this.#load = load;
    this.#loadingBytes = size;
    this.#meter.start();
    try {
      const loaded = await load.run(signal);
      if (!loaded) return undefined;
      const { file, part } = loaded;
      this.#loaded = part;
      const tree = new ChunkTree(file.hash, file.size, file.chunkLayer);
      return { tree, recorded: ChunkMap.full(tree.chunkCount) };
    } finally {
      this.#recorded = load.chunks() ?? this.#recorded;
      this.#load = undefined;
      this.#loadingBytes = 0;
      this.#meter.pause();
    }
  }

  /** Ended between the final name and its record: the file is where it was to be, and whole. */
  async #wasPublished(tree: ChunkTree, signal: AbortSignal): Promise<boolean> {
    const { files, hasher } = this.#deps;
    const { finalPath, folder, id } = this.#owner.stored;
    if (finalPath === undefined || (await files.stat(PartFile.pathOf(files, folder, id)))) return false;
    if ((await files.stat(finalPath))?.size !== tree.size) return false;
    this.#owner.enter('checking');
    if ((await hasher.hashFile(finalPath, signal)).hash !== tree.hash) return false;
    await this.#complete(tree, finalPath);
    return true;
  }

  /** Moves chunks until all are here or it is no longer this download's turn. */
  async #transferOnce(tree: ChunkTree, open: Transferable, signal: AbortSignal): Promise<void> {
    const { news, pool, buffers, limit } = this.#owner;
    this.#owner.enter('transferring');
    while (this.#isWanted && !this.#owner.mayRun) await news.wait(LOOK_MS, signal);
    if (!this.#isWanted) return;
    await this.#requireSpace(tree.size - this.#doneBytes);
    const transfer = new Transfer({
      ...{ ...this.#deps, ...open, buffers, pool, tree },
      headers: () => this.#headers(tree, open.planner),
      limits: [limit, this.#limit],
      maxSources: () => this.#owner.stored.maxSources,
      events: this.#transferEvents(tree, open),
    });
    this.#transfer = transfer;
    this.#meter.start();
    transfer.start();
    try {
      const goesOn = () =>
        this.#isWanted && this.#owner.mayRun && !open.planner.complete && this.#failure === undefined;
      while (goesOn()) await news.wait(LOOK_MS, signal);
    } finally {
      transfer.stop();
      this.#transfer = undefined;
      this.#meter.pause();
      await transfer.settled();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * That this peer passes on what it has; unless it cannot take chunks as they come, because somebody waits for them in order, or because
   * those that it is offered are here and those that others were given do not arrive.
   */
  #headers({ hash, size }: ChunkTree, planner: RangePlanner): Headers {
    const takesAny = !planner.isInOrder && !this.#transfer?.isStarved;
    const isShared = this.#verified?.hash === hash && size > CHUNK_BYTES && takesAny;
    return isShared ? swarmHeaders(this.#deps.swarmPort()) : {};
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#owner.news.notify();
  }

  #transferEvents(tree: ChunkTree, { planner, contents }: Transferable): TransferEvents {
    const fail = (error: unknown) => this.#fail(error);
    const { judge, strike, received, logger } = this.#deps;
    const { stored, pool, news } = this.#owner;
    return {
      progress: (bytes) => {
        this.#doneBytes += bytes;
        this.#meter.add(bytes);
        this.#owner.progressed();
        this.#deps.partGrew(tree.hash);
        if (planner.isDone(0)) contents.begin();
      },
      received: ({ nodeId }, bytes) => {
        // A web server earns no credit: it takes nothing.
        if (nodeId !== undefined) received(nodeId, bytes);
      },
      sourcesChanged: () => {
        // Nobody but strangers said how long the file is, and now most of them say otherwise.
        const size = stored.sizeGiven ? tree.size : pool.claimedSize();
        if (size !== tree.size && !this.#isRuledOut(size, tree)) void this.#forgetTree().then(fail, fail);
        this.#owner.sourcesChanged();
      },
      complete: () => news.notify(),
      diskFailed: fail,
      judged: judge,
      sentBadBytes: ({ id, nodeId }) => {
        logger.warn('source sent bytes that do not match the hash', { source: id, download: stored.id });
        if (nodeId !== undefined) strike(nodeId, 'sent bytes that do not match the hash');
        // Now, not at the end of the pass: whoever kills this peer must not have the liar asked again.
        void this.#owner.saveSources();
      },
    };
  }

  /** Whatever anybody says: a chunk fits no node but its own, and so a layer that one fits has as many nodes as the file has chunks. */
  #isRuledOut(size: number | undefined, { layer, chunkCount: chunks }: ChunkTree): boolean {
    return size !== undefined && chunkCount(size) !== chunks && layer.length > 0 && this.#doneBytes > 0;
  }

  async #forgetTree(): Promise<AppError> {
    const { stored, pool } = this.#owner;
    const size = pool.claimedSize();
    if (size === undefined || !this.#tree) return new AppError('download.size-unknown');
    this.#deps.logger.warn('sources disagree about the size', { download: stored.id, was: this.#tree.size, now: size });
    this.#tree = undefined;
    this.#planner = undefined;
    this.#recorded = undefined;
    await this.#owner.change({ size: undefined });
    return new AppError('download.size-unknown');
  }

  async #requireSpace(needed: number): Promise<void> {
    const { folder } = this.#owner.stored;
    const missing = needed + this.#owner.othersNeed() - (await this.#deps.files.freeBytes(folder));
    if (missing <= 0) return;
    throw new AppError('disk.full', { path: folder, needed: `${Math.ceil(missing / 1e6)} MB` });
  }

  async #finish(tree: ChunkTree, signal: AbortSignal): Promise<void> {
    this.#owner.enter('finishing');
    const { files } = this.#deps;
    const { stored } = this.#owner;
    const partPath = PartFile.pathOf(files, stored.folder, stored.id);
    const wanted = wantedPath(stored, files);
    const path = await publish(files, partPath, wanted, {
      origin: this.#deps.settings()['downloads.origin'] ? originOf(tree, this.#owner.pool.all) : undefined,
      intend: (finalPath) => this.#owner.change({ finalPath }),
      intended: stored.finalPath,
      signal,
    });
    await this.#complete(tree, path);
  }

  async #complete(tree: ChunkTree, path: string): Promise<void> {
    const { finished, files, logger } = this.#deps;
    const { folder, id } = this.#owner.stored;
    this.#doneBytes = tree.size;
    await this.#owner.change({ state: 'done', reason: null, finalPath: path });
    // Before it is shared: a file that loses a name has changed since, would not be sent to anybody and be hashed again.
    await files
      .remove(PartFile.pathOf(files, folder, id))
      .catch((error: unknown) =>
        logger.warn('the part of a finished download is removed at the next start', { folder, error }),
      );
    await finished({ path, hash: tree.hash, size: tree.size, chunkLayer: tree.layer }).catch((error: unknown) =>
      logger.warn('finished file is not shared', { path, error }),
    );
  }
}
