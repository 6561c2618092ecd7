import { AppError, toAppError } from '../../contract/errors.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { type FileCheck, type Pieces, piecesAt } from '../content/file-check.ts';
import type { HashedFile } from '../ports/hasher.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { type DownloadDeps, isDiskError } from './download-deps.ts';
import { PartFile } from './part-file.ts';
import { readSegments } from './segment-reader.ts';
import type { Source } from './source.ts';
import type { PlainRefusal } from './source-answer.ts';
import type { SourcePool } from './source-pool.ts';
import type { Wakeup } from './wakeup.ts';
import type { WebSeedConnection } from './web-seeds.ts';

/** What is asked for, checked and written together; of pieces as many as fit, at least one. */
const SEGMENT_BYTES = 4 * 2 ** 20;
/** Longer pieces are not waited for: the whole file is checked at the end. */
const MAX_PIECE_BYTES = 4 * SEGMENT_BYTES;
/** Bytes of segments in memory. */
const MEMORY_BYTES = 16 * 2 ** 20;
/** One request asks for this many bytes at most (protocol section 12). */
const RANGE_BYTES = 64 * 2 ** 20;
const LOOK_MS = 1000;

type Deps = Pick<DownloadDeps, 'clock' | 'settings' | 'files' | 'hasher' | 'store' | 'logger' | 'webSeeds'> & {
  readonly stored: StoredDownload;
  readonly size: number;
  readonly check: FileCheck | undefined;
  readonly pool: SourcePool;
  readonly news: Wakeup;
  readonly limits: readonly TokenBucket[];
  /** Whether to go on: it is its turn, and nobody has come who knows the chunks. */
  readonly goesOn: () => boolean;
  /** The part is open, with its folder; fails with disk.full when there is no room for the rest. */
  readonly requireSpace: () => Promise<void>;
  /** Bytes that lie in the part. */
  readonly progress: (bytes: number) => void;
  readonly sourcesChanged: () => void;
};

/**
 * Fetches a file from web servers alone, of which no chunk layer is known: a list names it by other hashes, or no peer that has the layer is
 * there. Whole segments come from one server each; pieces are checked as they come, the whole file at the end. Then its chunk layer is known.
 */
export class WebLoad {
  readonly #deps: Deps;
  readonly #pieces: Pieces | undefined;
  readonly #segmentBytes: number;
  readonly #fetched: ChunkMap;
  readonly #taken: ChunkMap;
  readonly #working = new Map<Source, Promise<void>>();
  /** Who sent what lies in the part; undefined stands for those of an earlier start. */
  readonly #contributors = new Set<Source | undefined>();
  readonly #wake: () => void;
  #part: PartFile | undefined;
  #failure: AppError | undefined;
  /** Where several may have lied nobody can be named: the next time one alone sends all. */
  #isAlone = false;
  #recordedMs = 0;
  #syncFailure: { readonly error: unknown } | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { check, size, clock, news } = deps;
    this.#pieces = check?.pieces && check.pieces.bytes <= MAX_PIECE_BYTES ? check.pieces : undefined;
    const pieceBytes = this.#pieces?.bytes ?? SEGMENT_BYTES;
    this.#segmentBytes = pieceBytes * Math.max(1, Math.floor(SEGMENT_BYTES / pieceBytes));
    const count = Math.ceil(size / this.#segmentBytes);
    this.#fetched = new ChunkMap(count);
    this.#taken = new ChunkMap(count);
    this.#recordedMs = clock.monotonicMs();
    this.#wake = () => news.notify();
  }

  /** Resolves with the file when it is whole and right; undefined when it is not to go on. Fails with disk.* or the signal's reason. */
  async run(signal: AbortSignal): Promise<HashedFile | undefined> {
    const { stored, files, store, news, goesOn } = this.#deps;
    const kept = await store.checks.fetched(stored.id);
    const part = await PartFile.open(files, stored, kept === undefined);
    this.#part = part;
    const stop = new AbortController();
    const whileNeeded = AbortSignal.any([signal, stop.signal]);
    try {
      await this.#restore(kept, part);
      await this.#deps.requireSpace();
      while (goesOn() && !signal.aborted && !this.#failure) {
        if (this.#fetched.isFull) {
          const file = await this.#finish(part, signal);
          if (file) return file;
        }
        this.#startWorkers(whileNeeded);
        await news.wait(LOOK_MS, signal);
      }
      if (this.#failure) throw this.#failure;
      return undefined;
    } finally {
      stop.abort();
      await Promise.all(this.#working.values());
      await this.#record(part).catch(() => undefined);
      await part.close();
    }
  }

  /** What an earlier start recorded and what can still be there. */
  async #restore(kept: Uint8Array | undefined, part: PartFile): Promise<void> {
    const recorded = kept && ChunkMap.fromBytes(kept, this.#fetched.length);
    const length = await part.length();
    for (let segment = 0; recorded && segment < recorded.length; segment++) {
      const { start, end } = this.#span(segment);
      if (!recorded.has(segment) || end > length) continue;
      this.#fetched.add(segment);
      this.#taken.add(segment);
      this.#contributors.add(undefined);
      this.#deps.progress(end - start);
    }
  }

  /** Checks the whole file; undefined when it is wrong, and then begins anew. */
  async #finish(part: PartFile, signal: AbortSignal): Promise<HashedFile | undefined> {
    await Promise.all(this.#working.values());
    const { hasher, check, stored, size } = this.#deps;
    await this.#record(part);
    const file = await hasher.digestFile(part.path, signal);
    const isRight =
      file.size === size &&
      (stored.hash === undefined || stored.hash === file.hash) &&
      (check?.sha256 === undefined || check.sha256 === file.sha256);
    if (isRight) return file;
    // Every piece was what the list says, and all of them together are not: no server can send such a file.
    if (this.#pieces && !this.#contributors.has(undefined)) throw new AppError('content.changed');
    await this.#startAgain();
    return undefined;
  }

  async #startAgain(): Promise<void> {
    const { stored, store, pool, logger, progress, sourcesChanged } = this.#deps;
    const [only, ...others] = this.#contributors;
    logger.warn('a file from the web is not the one that was meant', { download: stored.id });
    if (only !== undefined && others.length === 0) {
      pool.ban(only, 'content.bad-bytes');
      sourcesChanged();
    }
    this.#isAlone = true;
    this.#contributors.clear();
    for (let segment = 0; segment < this.#fetched.length; segment++) this.#free(segment, progress);
    await store.checks.saveFetched(stored.id, this.#fetched.toBytes());
  }

  #free(segment: number, progress: (bytes: number) => void): void {
    const { start, end } = this.#span(segment);
    if (this.#fetched.has(segment)) progress(start - end);
    this.#fetched.remove(segment);
    this.#taken.remove(segment);
  }

  #startWorkers(signal: AbortSignal): void {
    const { pool, settings, stored } = this.#deps;
    const memory = Math.max(1, Math.floor(MEMORY_BYTES / this.#segmentBytes));
    const most = this.#isAlone ? 1 : Math.min(memory, stored.maxSources ?? settings()['download.sources']);
    for (const source of pool.startable()) {
      if (this.#working.size >= most || this.#taken.isFull) return;
      if (source.url === undefined || this.#working.has(source)) continue;
      const work = this.#work(source, signal).finally(() => {
        this.#working.delete(source);
        this.#wake();
      });
      this.#working.set(source, work);
    }
  }

  /** Never rejects. */
  async #work(source: Source, signal: AbortSignal): Promise<void> {
    const { webSeeds, size, pool, sourcesChanged } = this.#deps;
    const { url = '', isLocalAllowed } = source;
    let connection: WebSeedConnection | undefined;
    source.state = 'connecting';
    source.reason = null;
    sourcesChanged();
    try {
      if (url === '') return;
      const opened = await webSeeds.connect({ url, isLocalAllowed }, signal);
      if ('kind' in opened) return this.#refused(source, opened);
      connection = opened;
      source.sendsWhole = !opened.hasRanges;
      if (opened.size !== size) throw new AppError('content.changed');
      await this.#readAll(source, opened, signal);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (signal.aborted) return;
      if (isDiskError(error)) this.#failure = error;
      else if (error.code === 'content.bad-bytes') pool.ban(source, error.code);
      else pool.rest(source, error.code);
    } finally {
      connection?.close();
      source.meter.pause();
      endWork(source);
      sourcesChanged();
    }
  }

  async #readAll(source: Source, connection: WebSeedConnection, signal: AbortSignal): Promise<void> {
    source.state = 'active';
    source.meter.start();
    this.#deps.sourcesChanged();
    for (let run = this.#takeRun(connection); run; run = this.#takeRun(connection)) {
      const { from, to } = run;
      try {
        const refusal = await this.#readRun(source, connection, run, signal);
        if (refusal) return this.#refused(source, refusal);
      } finally {
        for (let segment = from; segment < to; segment++) if (!this.#fetched.has(segment)) this.#taken.remove(segment);
      }
    }
    if (!connection.hasRanges && !this.#fetched.isFull) throw new AppError('web.no-ranges');
  }

  #readRun(source: Source, connection: WebSeedConnection, { from, to }: Run, signal: AbortSignal) {
    const { clock, settings, limits } = this.#deps;
    const range = { start: this.#span(from).start, end: this.#span(to - 1).end };
    return readSegments(range, {
      ...{ clock, settings, limits, connection, signal },
      segmentBytes: this.#segmentBytes,
      received: (bytes) => source.meter.add(bytes),
      take: (start, bytes) => this.#takeSegment(source, start, bytes),
    });
  }

  /** Segments that nobody has or fetches: some of those that are left, so that others have theirs. */
  #takeRun({ hasRanges }: WebSeedConnection): Run | undefined {
    let from = 0;
    while (from < this.#taken.length && this.#taken.has(from)) from++;
    if (from === this.#taken.length || (!hasRanges && from > 0)) return undefined;
    const fair = Math.ceil((this.#taken.length - this.#taken.count) / (2 * Math.max(1, this.#working.size)));
    const ranged = Math.min(fair, Math.max(1, Math.floor(RANGE_BYTES / this.#segmentBytes)));
    // Who can only begin at the beginning has one turn: where there are others it leaves them theirs.
    const most = hasRanges ? ranged : this.#working.size > 1 ? fair : this.#taken.length;
    let to = from;
    while (to < this.#taken.length && to - from < most && !this.#taken.has(to)) this.#taken.add(to++);
    return { from, to };
  }

  async #takeSegment(source: Source, start: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { hasher, progress, clock, settings } = this.#deps;
    const part = this.#part;
    if (!part) return;
    let segment = bytes;
    if (this.#pieces) {
      const { length } = bytes;
      const checked = await hasher.verifyPieces(bytes.buffer, length, piecesAt(this.#pieces, start, length));
      if (!checked.ok) throw new AppError('content.bad-bytes');
      segment = new Uint8Array(checked.buffer, 0, length);
    }
    await part.handle.write(segment, start);
    this.#fetched.add(start / this.#segmentBytes);
    this.#contributors.add(source);
    source.bytes += segment.length;
    source.failures = 0;
    if (this.#pieces) source.faults.sentGoodChunk();
    progress(segment.length);
    if (clock.monotonicMs() - this.#recordedMs >= settings()['download.record']) await this.#record(part);
  }

  /** Written is recorded only after a sync. */
  async #record(part: PartFile): Promise<void> {
    const { store, stored, clock } = this.#deps;
    this.#recordedMs = clock.monotonicMs();
    const fetched = this.#fetched.toBytes();
    // A sync that failed may have lost what the next one knows nothing of.
    if (this.#syncFailure) throw this.#syncFailure.error;
    await part.sync().catch((error: unknown) => {
      this.#syncFailure = { error };
      throw error;
    });
    await store.checks.saveFetched(stored.id, fetched);
  }

  #refused(source: Source, refusal: PlainRefusal): void {
    const { pool, clock } = this.#deps;
    if (refusal.kind === 'refused') {
      pool.rest(source, refusal.code);
      return;
    }
    source.state = 'queued';
    source.reason = 'content.queued';
    source.queuePlace = refusal.place;
    source.retryAtMs = clock.monotonicMs() + refusal.retryAfterMs;
  }

  #span(segment: number): { readonly start: number; readonly end: number } {
    const start = segment * this.#segmentBytes;
    return { start, end: Math.min(start + this.#segmentBytes, this.#deps.size) };
  }
}

const endWork = (source: Source): void => {
  if (source.state === 'active' || source.state === 'connecting') source.state = 'untried';
};

/** Segments `from` to `to` (exclusive). */
type Run = { readonly from: number; readonly to: number };
