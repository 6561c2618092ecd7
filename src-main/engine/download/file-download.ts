import { AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { DownloadView } from '../../contract/transfer.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { RateMeter } from '../rate-meter.ts';
import type { StoredDownload } from '../store/download-store.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import { ChunkTree } from './chunk-tree.ts';
import { type DownloadDeps, isDiskError } from './download-deps.ts';
import { describeState, type Phase } from './download-state.ts';
import { publish } from './finish.ts';
import { learnFile } from './learn-file.ts';
import { type OpenPart, openPart } from './open-part.ts';
import { PartFile } from './part-file.ts';
import { safeName } from './safe-name.ts';
import type { FoundSource, Source } from './source.ts';
import { SourceBook } from './source-book.ts';
import { SourcePool } from './source-pool.ts';
import { SourceSearch } from './source-search.ts';
import { Transfer, type TransferEvents } from './transfer.ts';
import { Wakeup } from './wakeup.ts';

/** After a disk error the same is tried again this often: a disk comes back without telling anybody. */
const DISK_RETRY_MS = 10_000;
/** Burst of a rate limit, as time of its rate, and at least one read. */
const BURST_SECONDS = 0.1;
const MIN_BURST_BYTES = 64 * 1024;

export type SharedParts = {
  readonly buffers: ChunkBuffers;
  readonly limit: TokenBucket;
  /** Bytes that the other running downloads will still write to the same folder. */
  readonly othersNeed: (download: FileDownload) => number;
};
export type DownloadEvents = { readonly changed: () => void; readonly progress: () => void };

/** One file being fetched, from "somebody wants it" to its final name; survives every stop at every moment. */
export class FileDownload {
  readonly pool: SourcePool;
  readonly #deps: DownloadDeps;
  readonly #shared: SharedParts;
  readonly #events: DownloadEvents;
  readonly #search: SourceSearch;
  readonly #book: SourceBook;
  readonly #news: Wakeup;
  readonly #meter: RateMeter;
  readonly #limit: TokenBucket;
  #stored: StoredDownload;
  #tree: ChunkTree | undefined;
  #transfer: Transfer | undefined;
  #phase: Phase = 'idle';
  #done = 0;
  #diskReason: ErrorCode | null = null;
  #mayRun = true;
  #abort: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(stored: StoredDownload, deps: DownloadDeps, shared: SharedParts, events: DownloadEvents) {
    this.#stored = stored;
    this.#deps = deps;
    this.#shared = shared;
    this.#events = events;
    this.#news = new Wakeup(deps.clock);
    this.#meter = new RateMeter(deps.clock);
    this.pool = new SourcePool(deps, stored.only);
    this.#book = new SourceBook({ ...deps, id: stored.id, pool: this.pool });
    const rate = () => deps.settings()['download.rate-each'];
    this.#limit = new TokenBucket({
      clock: deps.clock,
      rate,
      capacity: () => Math.max(MIN_BURST_BYTES, rate() * BURST_SECONDS),
    });
    this.#search = new SourceSearch({
      ...deps,
      hash: stored.hash,
      size: () => this.#tree?.size ?? stored.size,
      found: (source) => this.addSource(source),
    });
  }

  get stored(): StoredDownload {
    return this.#stored;
  }

  /** Whether it would use a place among the running ones: wanted, not waiting for a disk, with a source to ask. */
  get wantsToRun(): boolean {
    if (this.#stored.state !== 'wanted' || this.#diskReason !== null) return false;
    return this.pool.all.some(({ state }) => state !== 'banned' && state !== 'unreachable');
  }

  /** Bytes that it will still write, while it is running. */
  get needsBytes(): number {
    return this.#transfer && this.#tree ? this.#tree.size - this.#done : 0;
  }

  /** Brings back what an earlier start knew. */
  load(): Promise<void> {
    return this.#book.load();
  }

  /** Keeps the sources known now for a restart. */
  save(): Promise<void> {
    return this.#book.save();
  }

  /** Starts or goes on, if it is wanted. */
  start(): void {
    if (this.#stored.state !== 'wanted' || this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#work = this.#run(abort);
  }

  /** Stops all work and waits for it; what was verified is recorded. */
  async stop(): Promise<void> {
    this.#abort?.abort();
    await this.#work;
    this.#book.drop();
  }

  async pause(): Promise<void> {
    await this.#setState({ state: 'paused', reason: null });
    await this.stop();
  }

  async resume(): Promise<void> {
    await this.#setState({ state: 'wanted', reason: null });
    await this.stop();
    this.start();
  }

  async cancel(): Promise<void> {
    await this.stop();
    const { files, store } = this.#deps;
    await store.remove(this.#stored.id);
    if (this.#stored.state !== 'done') await files.remove(PartFile.pathOf(files, this.#stored.folder, this.#stored.id));
  }

  async setPlace(place: number): Promise<void> {
    if (place === this.#stored.place) return;
    this.#stored = { ...this.#stored, place };
    await this.#deps.store.save(this.#stored);
  }

  /** Told by the list of downloads whether it is this one's turn. */
  setTurn(mayRun: boolean): void {
    if (mayRun === this.#mayRun) return;
    this.#mayRun = mayRun;
    if (!mayRun) this.#transfer?.stop();
    this.#news.notify();
    this.#events.changed();
  }

  addSource(found: FoundSource): void {
    const source = this.pool.learn(found);
    if (!source) return;
    if (found.name !== undefined && this.#stored.name === this.#stored.hash) this.#takeName(found.name);
    this.#book.touch();
    this.#news.notify();
    this.#transfer?.fill();
    this.#events.changed();
  }

  view(): DownloadView {
    const { id, hash, name } = this.#stored;
    const size = this.#tree?.size ?? this.#stored.size ?? null;
    const { state, reason } = this.#state();
    const rate = state === 'downloading' ? Math.round(this.#meter.rateBps()) : 0;
    return {
      id,
      hash,
      name,
      size,
      state,
      reason,
      rate,
      done: this.#stored.state === 'done' && size !== null ? size : this.#done,
      etaSeconds: rate > 0 && size !== null ? Math.ceil((size - this.#done) / rate) : null,
      path: this.#stored.finalPath ?? this.#wantedPath(),
      sources: this.pool.all.map((source) => source.view()),
    };
  }

  /** The user gave none: the first that is told will do. It is made safe where it is used. */
  #takeName(name: string): void {
    void this.#setState({ name }).catch((error: unknown) => this.#deps.logger.warn('a name was not saved', { error }));
  }

  #state() {
    const { all: sources } = this.pool;
    return describeState({
      stored: this.#stored,
      diskReason: this.#diskReason,
      phase: this.#phase,
      mayRun: this.#mayRun,
      sources,
    });
  }

  async #run(abort: AbortController): Promise<void> {
    const { signal } = abort;
    const searching = new AbortController();
    const search = this.#search.run(AbortSignal.any([signal, searching.signal]));
    while (!signal.aborted && this.#stored.state === 'wanted') {
      try {
        this.#diskReason = null;
        await this.#attempt(signal);
      } catch (error) {
        if (!signal.aborted) await this.#waitAfter(toAppError(error), signal);
      }
    }
    searching.abort();
    await search;
    this.#phase = 'idle';
    if (this.#abort === abort) this.#abort = undefined;
    this.#events.changed();
  }

  /** One pass from whatever is known to the finished file. */
  async #attempt(signal: AbortSignal): Promise<void> {
    this.#setPhase('learning');
    const tree = this.#tree ?? (await this.#knownTree()) ?? (await this.#learn(signal));
    this.#tree = tree;
    if (await this.#wasPublished(tree, signal)) return;
    this.#setPhase('checking');
    const open = await openPart(this.#stored, tree, this.#deps, signal);
    this.#done = open.doneBytes;
    try {
      while (!open.planner.complete) await this.#transferOnce(tree, open, signal);
      await open.recorder.flush();
    } finally {
      await this.#leave(open);
    }
    await this.#finish(tree);
  }

  /** Whatever ended the work: what was verified is recorded, if the disk still takes it. */
  async #leave({ part, recorder }: OpenPart): Promise<void> {
    const { logger } = this.#deps;
    await recorder.flush().catch((error: unknown) => logger.warn('progress could not be recorded', { error }));
    await this.#book.save();
    await part.close();
  }

  /** From an earlier start. */
  async #knownTree(): Promise<ChunkTree | undefined> {
    const { id, hash, size } = this.#stored;
    const progress = await this.#deps.store.progress(id);
    return progress && size !== undefined ? new ChunkTree(hash, size, progress.layer) : undefined;
  }

  /** Ended between the final name and its record: the file is where it was to be, and whole. */
  async #wasPublished(tree: ChunkTree, signal: AbortSignal): Promise<boolean> {
    const { files, hasher } = this.#deps;
    const { finalPath, folder, id } = this.#stored;
    if (finalPath === undefined || (await files.stat(PartFile.pathOf(files, folder, id)))) return false;
    if ((await files.stat(finalPath))?.size !== tree.size) return false;
    this.#setPhase('checking');
    if ((await hasher.hashFile(finalPath, signal)).hash !== tree.hash) return false;
    await this.#complete(tree, finalPath);
    return true;
  }

  async #learn(signal: AbortSignal): Promise<ChunkTree> {
    const { store } = this.#deps;
    const { hash, id } = this.#stored;
    const tree = await learnFile({
      hash,
      size: this.#stored.size,
      pool: this.pool,
      deps: this.#deps,
      news: this.#news,
      signal,
      changed: this.#events.changed,
    });
    await this.#setState({ size: tree.size });
    await store.saveLayer(id, tree.layer, new ChunkMap(tree.chunkCount).toBytes());
    return tree;
  }

  /** Moves chunks until all are here or it is no longer this download's turn; fails with what the disk or the signal says. */
  async #transferOnce(tree: ChunkTree, open: OpenPart, signal: AbortSignal): Promise<void> {
    this.#setPhase('transferring');
    while (!this.#mayRun) await this.#news.wait(DISK_RETRY_MS, signal);
    await this.#requireSpace(tree.size - this.#done);
    let failure: unknown;
    const events = this.#transferEvents((error) => {
      failure = error;
    });
    const { part, planner, recorder } = open;
    const { buffers, limit } = this.#shared;
    const transfer = new Transfer({
      ...this.#deps,
      buffers,
      limits: [limit, this.#limit],
      pool: this.pool,
      planner,
      tree,
      part,
      recorder,
      maxSources: this.#stored.maxSources,
      events,
    });
    this.#transfer = transfer;
    this.#meter.start();
    transfer.start();
    try {
      while (this.#mayRun && !planner.complete && failure === undefined) await this.#news.wait(DISK_RETRY_MS, signal);
    } finally {
      transfer.stop();
      this.#transfer = undefined;
      this.#meter.pause();
      await transfer.settled();
    }
    if (failure !== undefined) throw failure;
  }

  #transferEvents(diskFailed: (error: unknown) => void): TransferEvents {
    const { judge, strike, logger } = this.#deps;
    return {
      progress: (bytes) => {
        this.#done += bytes;
        this.#meter.add(bytes);
        this.#events.progress();
      },
      sourcesChanged: () => {
        if (this.pool.startable().length === 0) this.#search.hurry();
        this.#events.changed();
      },
      complete: () => this.#news.notify(),
      diskFailed: (error) => {
        diskFailed(error);
        this.#news.notify();
      },
      judged: (source, outcome) => {
        for (const supernode of source.namedBy) judge(supernode, outcome);
      },
      sentBadBytes: (source: Source) => {
        logger.warn('source sent bytes that do not match the hash', { node: source.nodeId, download: this.#stored.id });
        strike(source.nodeId, 'sent bytes that do not match the hash');
      },
    };
  }

  async #requireSpace(needed: number): Promise<void> {
    const { files } = this.#deps;
    const { folder } = this.#stored;
    const free = await files.freeBytes(folder);
    const all = needed + this.#shared.othersNeed(this);
    if (free < all) throw new AppError('disk.full', { path: folder, needed: `${Math.ceil(all / 1e6)} MB` });
  }

  async #finish(tree: ChunkTree): Promise<void> {
    this.#setPhase('finishing');
    const { files } = this.#deps;
    const partPath = PartFile.pathOf(files, this.#stored.folder, this.#stored.id);
    const path = await publish(files, partPath, this.#wantedPath(), (finalPath) => this.#setState({ finalPath }));
    await this.#complete(tree, path);
    await files.remove(partPath);
  }

  async #complete(tree: ChunkTree, path: string): Promise<void> {
    const { finished, logger } = this.#deps;
    this.#done = tree.size;
    await this.#setState({ state: 'done', reason: null, finalPath: path });
    await finished({ path, hash: tree.hash, size: tree.size, chunkLayer: tree.layer }).catch((error: unknown) =>
      logger.warn('finished file is not shared', { path, error }),
    );
  }

  /** A disk error rests and tries again; anything else is a bug of ours and ends the download, its data kept. */
  async #waitAfter(error: AppError, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    logger.warn('download interrupted', { download: this.#stored.id, why: error.message });
    if (!isDiskError(error)) return this.#setState({ state: 'failed', reason: error.code });
    this.#diskReason = error.code;
    this.#setPhase('idle');
    await clock.sleep(DISK_RETRY_MS, signal).catch(() => undefined);
  }

  #wantedPath(): string {
    const { output, folder, name, hash } = this.#stored;
    return output ?? this.#deps.files.paths.join(folder, safeName(name, hash));
  }

  async #setState(change: Partial<StoredDownload>): Promise<void> {
    this.#stored = { ...this.#stored, ...change };
    await this.#deps.store.save(this.#stored);
    this.#events.changed();
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#events.changed();
  }
}
