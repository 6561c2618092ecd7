import { AppError, toAppError } from '../../contract/errors.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import { type FileCheck, type Pieces, piecesAt } from '../content/file-check.ts';
import type { HashedFile } from '../ports/hasher.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { ChunkBuffers } from './chunk-buffers.ts';
import { type DownloadDeps, isDiskError } from './download-deps.ts';
import { PartFile } from './part-file.ts';
import type { PreviewedPart } from './previewed-part.ts';
import { readSegments, type Segment } from './segment-reader.ts';
import type { Source } from './source.ts';
import type { PlainRefusal } from './source-answer.ts';
import type { SourcePool } from './source-pool.ts';
import type { Wakeup } from './wakeup.ts';
import { type Named, WebDigest } from './web-digest.ts';
import type { WebSeedConnection } from './web-seeds.ts';
import { type Others, usablePieces, type WebRun, WebSegments } from './web-segments.ts';

/** Of segments longer than a chunk, which have memory of their own, so many bytes at most. */
const LONG_SEGMENTS_BYTES = 32 * 2 ** 20;
const LOOK_MS = 1000;

type Deps = Pick<DownloadDeps, 'clock' | 'settings' | 'files' | 'hasher' | 'store' | 'logger' | 'webSeeds'> & {
  readonly stored: StoredDownload;
  readonly size: number;
  readonly check: FileCheck | undefined;
  readonly pool: SourcePool;
  readonly news: Wakeup;
  readonly buffers: ChunkBuffers;
  readonly preview: PreviewedPart;
  readonly limits: readonly TokenBucket[];
  /** Whether to go on: it is its turn, and no peer has told the chunk layer. Asked each second at least. */
  readonly goesOn: () => boolean;
  /** The part is open, with its folder; fails with disk.full when there is no room for the rest. */
  readonly requireSpace: () => Promise<void>;
  /** Bytes that lie in the part. */
  readonly progress: (bytes: number) => void;
  readonly sourcesChanged: () => void;
};

/** A right file, and the part that it lies in, which whoever takes it closes: what its name leads to may be another file by then. */
export type WebLoaded = { readonly file: HashedFile; readonly part: PartFile };

/**
 * Fetches a file from web servers alone, of which no chunk layer is known: a list names it by other hashes, or no peer that has the layer is
 * there. Whole segments come from one server each; pieces are checked as they come, the whole file at the end. Then its chunk layer is known.
 */
export class WebLoad {
  readonly #deps: Deps;
  readonly #pieces: Pieces | undefined;
  /** Of those that are too long to be waited for, where there is nothing else to check by. */
  readonly #longPieces: Pieces | undefined;
  readonly #segments: WebSegments;
  readonly #buffers: ChunkBuffers;
  readonly #working = new Map<Source, Promise<void>>();
  readonly #connections = new Map<Source, WebSeedConnection>();
  /** Who sent what lies in the part; undefined stands for those of an earlier start. */
  readonly #contributors = new Set<Source | undefined>();
  readonly #wake: () => void;
  /** Undefined when the file has to be read once more at its end. */
  #digest: WebDigest | undefined;
  #part: PartFile | undefined;
  #failure: AppError | undefined;
  #stop = new AbortController();
  /** Where several may have lied nobody can be named: the next time one alone sends all. */
  #isAlone = false;
  #recordedMs = 0;
  #syncFailure: { readonly error: unknown } | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { check, size, clock, news, buffers, stored } = deps;
    this.#pieces = usablePieces(check?.pieces);
    if (!this.#pieces && check?.sha256 === undefined && stored.hash === undefined) this.#longPieces = check?.pieces;
    this.#segments = new WebSegments(size, this.#pieces);
    const { bytes } = this.#segments;
    this.#buffers = bytes <= CHUNK_BYTES ? buffers : new ChunkBuffers(() => LONG_SEGMENTS_BYTES, bytes);
    this.#recordedMs = clock.monotonicMs();
    this.#wake = () => news.notify();
  }

  /** Chunks that were checked; undefined where nothing is checked before the end. */
  chunks(): ChunkMap | undefined {
    return this.#pieces && this.#segments.chunks();
  }

  /**
   * Resolves with the file when it is whole and right; undefined when it is not to go on. Fails with disk.*, with input.invalid when there is
   * nothing to check it by, or the signal's reason.
   */
  async run(signal: AbortSignal): Promise<WebLoaded | undefined> {
    const { stored, files, store, news, goesOn, preview, check } = this.#deps;
    if (stored.hash === undefined && check?.sha256 === undefined && !check?.pieces)
      throw new AppError('input.invalid', { what: 'list', why: 'it tells nothing that the file can be checked by' });
    const kept = await store.checks.fetched(stored.id);
    const part = await PartFile.open(files, stored, kept === undefined);
    this.#part = part;
    let isWhole = false;
    try {
      const restored = kept ? this.#segments.restore(kept, await part.length()) : 0;
      if (restored > 0) this.#contributors.add(undefined);
      else this.#digest = this.#newDigest(part);
      this.#deps.progress(restored);
      if (this.#pieces) preview.opened(this.#segments);
      await this.#deps.requireSpace();
      while (goesOn() && !signal.aborted && !this.#failure) {
        if (this.#segments.isFull) {
          const file = await this.#finish(part, signal);
          if (file) {
            isWhole = true;
            return { file, part };
          }
        }
        this.#startWorkers(signal);
        await news.wait(LOOK_MS, signal);
      }
      if (this.#failure) throw this.#failure;
      return undefined;
    } finally {
      await this.#stopWorkers();
      await this.#record(part).catch(() => undefined);
      preview.closed();
      if (!isWhole) await part.close();
    }
  }

  #newDigest({ path }: PartFile): WebDigest | undefined {
    const { hasher, size, check } = this.#deps;
    if (!WebDigest.fits(size, this.#segments.bytes)) return undefined;
    return new WebDigest({
      hasher,
      path,
      size,
      segmentBytes: this.#segments.bytes,
      hasSha256: check?.sha256 !== undefined,
    });
  }

  /** Checks the whole file; undefined when it is wrong, and then begins anew. */
  async #finish(part: PartFile, signal: AbortSignal): Promise<HashedFile | undefined> {
    const { check, stored, size } = this.#deps;
    // One that was asked for a last segment too may still be at it.
    await this.#stopWorkers();
    await this.#record(part);
    const { file, hasPieces } = await this.#name(part, signal);
    const isRight =
      hasPieces &&
      file.size === size &&
      (stored.hash === undefined || stored.hash === file.hash) &&
      (check?.sha256 === undefined || check.sha256 === file.sha256);
    if (isRight) return file;
    // Every piece was what the list says, and all of them together are not: no server can send such a file.
    if (this.#pieces && !this.#contributors.has(undefined)) throw new AppError('content.changed');
    await this.#startAgain(part);
    return undefined;
  }

  /** What it is by now. Fails with disk.missing when another file was, or may have been, read: no server is to blame for that. */
  async #name(part: PartFile, signal: AbortSignal): Promise<{ readonly file: Named; readonly hasPieces: boolean }> {
    const { hasher, files } = this.#deps;
    const { path } = part;
    try {
      const file = this.#digest ? await this.#digest.finish(signal) : await hasher.digestFile(path, signal);
      const hasPieces = !this.#longPieces || (await hasher.hasPieces(path, this.#longPieces, signal));
      return { file, hasPieces };
    } finally {
      await part.requireInPlace(files, () => this.#segments.clear());
    }
  }

  async #startAgain(part: PartFile): Promise<void> {
    const { stored, store, pool, logger, progress, sourcesChanged, size } = this.#deps;
    const [only, ...others] = this.#contributors;
    logger.warn('a file from the web is not the one that was meant', { download: stored.id });
    if (only !== undefined && others.length === 0) {
      pool.ban(only, 'content.bad-bytes');
      sourcesChanged();
    }
    this.#isAlone = true;
    this.#contributors.clear();
    this.#segments.clear();
    this.#digest = this.#newDigest(part);
    progress(-size);
    await store.checks.saveFetched(stored.id, this.#segments.keep());
  }

  async #stopWorkers(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#working.values());
    this.#stop = new AbortController();
  }

  #startWorkers(whileWanted: AbortSignal): void {
    const signal = AbortSignal.any([whileWanted, this.#stop.signal]);
    const { pool, settings, stored } = this.#deps;
    const memory = Math.max(1, Math.floor(LONG_SEGMENTS_BYTES / (2 * this.#segments.bytes)));
    const most = this.#isAlone ? 1 : Math.min(memory, stored.maxSources ?? settings()['download.sources']);
    for (const source of pool.startable()) {
      if (this.#working.size >= most) return;
      if (source.url === undefined || this.#working.has(source)) continue;
      if (!this.#segments.hasWork(source, this.#othersThan(source))) continue;
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
      this.#connections.set(source, opened);
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
      this.#connections.delete(source);
      source.meter.pause();
      endWork(source);
      sourcesChanged();
    }
  }

  async #readAll(source: Source, connection: WebSeedConnection, signal: AbortSignal): Promise<void> {
    source.state = 'active';
    source.meter.start();
    this.#deps.sourcesChanged();
    for (let run = this.#takeRun(source, connection); run; run = this.#takeRun(source, connection)) {
      try {
        const refusal = await this.#readRun(run, connection, signal);
        if (refusal) return this.#refused(source, refusal);
      } catch (error) {
        throw run.isLost ? new AppError('content.slow') : error;
      } finally {
        this.#segments.give(run);
      }
      // What follows on this connection is of no use.
      if (run.to < run.asked) return;
    }
    if (!connection.hasRanges && !this.#segments.isFull) throw new AppError('web.no-ranges');
  }

  #takeRun(source: Source, { hasRanges }: WebSeedConnection): WebRun | undefined {
    const runMs = this.#deps.settings()['download.run'];
    const others = this.#othersThan(source);
    const run = this.#segments.take({ source, hasRanges, others, workers: this.#working.size, runMs });
    // Nothing more of it may arrive: without pieces nobody could tell whose bytes lie there.
    if (run?.loser) this.#connections.get(run.loser)?.close();
    return run;
  }

  /** One that failed before is not waited for while it is connecting. */
  #othersThan(source: Source): Others {
    const working = [...this.#working.keys()].filter((other) => other !== source);
    if (working.some((other) => this.#connections.get(other)?.hasRanges)) return 'connected';
    const isHopeful = ({ sendsWhole, failures }: Source) => !sendsWhole && failures === 0;
    return working.some(isHopeful) ? 'connecting' : 'none';
  }

  #readRun(run: WebRun, connection: WebSeedConnection, signal: AbortSignal): Promise<PlainRefusal | undefined> {
    const { clock, settings, limits } = this.#deps;
    const range = { start: this.#segments.span(run.from).start, end: this.#segments.endOf(run) };
    return readSegments(range, {
      ...{ clock, settings, limits, connection, signal },
      buffers: this.#buffers,
      segmentBytes: this.#segments.bytes,
      end: () => this.#segments.endOf(run),
      received: (bytes) => run.source.meter.add(bytes),
      take: (segment) => {
        this.#segments.advance(run);
        return this.#takeSegment(run.source, segment);
      },
    });
  }

  async #takeSegment(source: Source, { start, buffer, length }: Segment): Promise<ArrayBuffer> {
    const { hasher, progress, clock, settings } = this.#deps;
    const part = this.#part;
    // What is here was checked, or is in the digest: other bytes must not take its place.
    if (!part || this.#segments.has(start)) return buffer;
    const digest = this.#digest;
    const pieces = this.#pieces && piecesAt(this.#pieces, start, length);
    const check = { length, pieces, hasNodes: digest !== undefined, digest: digest?.name };
    const checked = await hasher.checkAndWrite(buffer, check, part.handle, start);
    if (!checked.ok) throw new AppError('content.bad-bytes');
    source.bytes += length;
    source.failures = 0;
    if (this.#pieces) source.faults.sentGoodChunk();
    // The last ones may be asked of two.
    if (!this.#segments.add(start)) return checked.buffer;
    this.#contributors.add(source);
    digest?.add(start, checked.nodes, checked.digested);
    digest?.follow(this.#segments.prefixBytes);
    progress(length);
    if (this.#segments.isFull) this.#wake();
    if (clock.monotonicMs() - this.#recordedMs >= settings()['download.record']) await this.#record(part);
    return checked.buffer;
  }

  /** Written is recorded only after a sync. */
  async #record(part: PartFile): Promise<void> {
    const { store, stored, clock } = this.#deps;
    this.#recordedMs = clock.monotonicMs();
    const kept = this.#segments.keep();
    // A sync that failed may have lost what the next one knows nothing of.
    if (this.#syncFailure) throw this.#syncFailure.error;
    await part.sync().catch((error: unknown) => {
      this.#syncFailure = { error };
      throw error;
    });
    await store.checks.saveFetched(stored.id, kept);
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
}

const endWork = (source: Source): void => {
  if (source.state === 'active' || source.state === 'connecting') source.state = 'untried';
};
