import { AppError } from '../../contract/errors.ts';
import type { ChunksView, DownloadView } from '../../contract/transfer.ts';
import type { SourceId } from '../../contract/web-url.ts';
import type { FileCheck } from '../content/file-check.ts';
import type { KeptDownload, StoredDownload } from '../store/download-store.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { removeCancelled } from './cancelled.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import { foundAgainst, toPaused, toResumed } from './content-check.ts';
import type { DownloadDeps, DownloadLimits } from './download-deps.ts';
import { DownloadPass } from './download-pass.ts';
import { describeState, type Phase } from './download-state.ts';
import { toDownloadView } from './download-view.ts';
import { toHistory } from './ended.ts';
import type { Forecastable } from './forecast.ts';
import { Interruptions } from './interruptions.ts';
import type { NewDownload } from './new-download.ts';
import { wantedPath } from './part-file.ts';
import type { PassOwner } from './pass-owner.ts';
import { PreviewSource } from './preview-source.ts';
import { PreviewedPart } from './previewed-part.ts';
import { Relocation } from './relocation.ts';
import { openSharedPart, type SharedPart, type Verified } from './shared-part.ts';
import type { FoundPeer, FoundSource, Source } from './source.ts';
import { SourceBook } from './source-book.ts';
import { SourceChoices } from './source-choices.ts';
import { SourceFinders } from './source-finders.ts';
import { SourcePool } from './source-pool.ts';
import { Wakeup } from './wakeup.ts';

export type SharedParts = {
  readonly buffers: ChunkBuffers;
  readonly limit: TokenBucket;
  /** Bytes that the other running downloads will still write to the same folder. */
  readonly othersNeed: (download: FileDownload) => number;
};
export type DownloadEvents = { readonly changed: () => void; readonly progress: () => void };

/** One file being fetched, from "somebody wants it" to its final name; survives every stop at every moment. */
export class FileDownload implements PassOwner, Forecastable {
  readonly pool: SourcePool;
  readonly news: Wakeup;
  readonly buffers: ChunkBuffers;
  readonly limit: TokenBucket;
  readonly preview = new PreviewedPart();
  readonly choices: SourceChoices;
  /** What a list says of its bytes. */
  check: FileCheck | undefined;
  readonly #deps: DownloadDeps;
  readonly #shared: SharedParts;
  readonly #events: DownloadEvents;
  readonly #finders: SourceFinders;
  readonly #book: SourceBook;
  readonly #pass: DownloadPass;
  readonly #interruptions: Interruptions;
  readonly #relocation: Relocation;
  #stored: StoredDownload;
  #phase: Phase = 'idle';
  #mayRun = true;
  #blockedBy: string | undefined;
  /** Stopped by a rule of its user, not by himself. */
  #isHalted = false;
  #isCancelled = false;
  #abort: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(stored: StoredDownload, deps: DownloadDeps, shared: SharedParts, events: DownloadEvents) {
    this.#stored = stored;
    this.#deps = deps;
    this.#shared = shared;
    this.#events = events;
    this.buffers = shared.buffers;
    this.limit = shared.limit;
    this.news = new Wakeup(deps.clock);
    this.pool = new SourcePool(deps, stored.only);
    this.#book = new SourceBook({ ...deps, id: stored.id, pool: this.pool });
    this.#pass = new DownloadPass(this, deps);
    this.#interruptions = new Interruptions(this, deps);
    this.#relocation = new Relocation(this, deps);
    const size = () => this.#pass.size;
    const found = (source: FoundSource): void => this.addSource(source);
    this.#finders = new SourceFinders({ ...deps, id: stored.id, hash: stored.hash, pool: this.pool, size, found });
    this.choices = new SourceChoices({
      ...{ pool: this.pool, book: this.#book, finders: this.#finders, forgive: deps.forgive },
      change: (change) => this.change(change),
      lookAgain: () => this.#lookAgain(),
    });
    this.#lookAtRules();
  }

  /** What names it among others. */
  get key(): string | undefined {
    return this.#stored.hash ?? this.check?.sha256;
  }

  get stored(): StoredDownload {
    return this.#stored;
  }

  get mayRun(): boolean {
    return this.#mayRun;
  }

  /** Whether it would use a place among the running ones: wanted, not waiting for a disk, with a source to ask. */
  get wantsToRun(): boolean {
    return this.isUnderWay && this.sources.some(({ state }) => state !== 'banned' && state !== 'unreachable');
  }

  get isUnderWay(): boolean {
    const isHeldUp = this.#interruptions.diskReason !== null || this.#blockedBy !== undefined;
    return this.#stored.state === 'wanted' && !isHeldUp && this.#phase !== 'moving';
  }

  get leftBytes(): number | undefined {
    return this.#pass.leftBytes;
  }

  get sources(): readonly Source[] {
    return this.pool.usable;
  }

  /** Bytes that it will still write, while it is running. */
  get needsBytes(): number {
    return this.#pass.needsBytes;
  }

  /** Brings back what an earlier start knew. */
  async load(): Promise<void> {
    await this.#book.load();
    await this.#finders.given.load();
    this.check = await this.#deps.store.checks.of(this.#stored.id);
    await this.#pass.load();
    await this.#relocation.removeOther();
  }

  /** Sources that the user names, at the beginning or later. */
  give({ sources = [], given = [] }: Pick<NewDownload, 'sources' | 'given'>): void {
    for (const source of sources) this.addSource(source);
    this.#finders.given.add(given);
  }

  /** All that is to be kept of a download that is new. */
  takeNew(): KeptDownload {
    return { download: this.#stored, given: this.#finders.given.takeNew(), check: this.check, ...this.#book.take() };
  }

  saveSources(): Promise<void> {
    return this.#book.save();
  }

  start(): void {
    if (this.#isCancelled || this.#stored.state !== 'wanted' || this.#abort || this.#blockedBy !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#work = this.#run(abort);
  }

  /** What was verified is recorded then. */
  async stop(): Promise<void> {
    this.#isHalted = false;
    this.#abort?.abort();
    await this.#work;
    await this.#book.close();
  }

  /** A finished one stays as it is. */
  async pause(): Promise<void> {
    if (this.#stored.state === 'done') return;
    await this.change(toPaused(this.#stored));
    await this.stop();
  }

  /** A finished one stays as it is. */
  async resume(): Promise<void> {
    if (this.#stored.state === 'done') return;
    await this.change(toResumed(this.#stored));
    await this.stop();
    this.start();
  }

  /** Fails with disk.* when it cannot be kept: it goes on then. */
  async cancel(): Promise<void> {
    // Before anything is waited for: others may start it, or change it, meanwhile.
    this.#isCancelled = true;
    try {
      await this.stop();
      this.#book.end();
      await this.#relocation.removeOther();
      if (this.#stored.state === 'done') return await this.#deps.store.remove(this.#stored.id);
      this.preview.notify();
      await removeCancelled(this.#stored, this.#pass.doneBytes, this.#deps);
    } catch (error) {
      this.#isCancelled = false;
      this.#book.reopen();
      this.start();
      throw error;
    }
  }

  /** Brings its part, and its file later, into another folder. Fails with disk.* or input.invalid, also when it is called off: it goes on where it was then. */
  async relocate(folder: string): Promise<void> {
    do await this.stop();
    while (this.#abort);
    if (this.#isCancelled) throw new AppError('download.cancelled');
    // It may have come to its end meanwhile.
    if (this.#stored.state === 'done') throw new AppError('download.finished', { id: this.#stored.id });
    const abort = new AbortController();
    this.#abort = abort;
    const work = this.#relocate(folder, abort);
    this.#work = work.catch(() => undefined);
    return work;
  }

  async setPlace(place: number): Promise<void> {
    if (place !== this.#stored.place) await this.change({ place });
  }

  /** In force at once, and after a restart. */
  async setLimits({ maxSources, rate }: DownloadLimits): Promise<void> {
    await this.change({
      ...(maxSources === undefined ? {} : { maxSources: maxSources ?? undefined }),
      ...(rate === undefined ? {} : { rateLimit: rate }),
    });
    this.#pass.look();
  }

  /** The user will not wait for the pauses that failures brought; nor, of a source that he names, for its ban. Fails with input.invalid. */
  async retry(id?: SourceId): Promise<void> {
    await this.choices.wake(id);
    if (this.#stored.state === 'failed' || this.#interruptions.diskReason !== null) return this.resume();
    this.#finders.now();
    this.#lookAgain();
  }

  /** The block list or the bans changed. What is blocked stops, its part is kept, and it goes on by itself when it is not blocked any more. */
  shutOutChanged(): void {
    this.#lookAtRules();
    if (this.#blockedBy === undefined) this.start();
    this.pool.lookWhoIsShut();
    // Of sources that are not shut out, some may be connected at an address that is.
    this.#lookAgain();
  }

  /** Told by the list of downloads whether it is this one's turn. */
  setTurn(mayRun: boolean): void {
    if (mayRun === this.#mayRun) return;
    this.#mayRun = mayRun;
    this.#lookAgain();
  }

  /** A peer that fetches the same file, and passes on what it has of it, has asked for some. */
  met(found: FoundPeer): void {
    if (!this.pool.met(found)) return;
    // It lives, and where: that it could not be dialled before counts no more.
    for (const address of found.addresses) this.#deps.forgive({ address, nodeId: found.nodeId });
    this.#book.touch();
    this.#lookAgain();
  }

  /** Undefined while its part is not open. */
  get verified(): Verified | undefined {
    return this.#pass.verified;
  }

  /** What is verified of it, open for reading. */
  async openPart(): Promise<SharedPart | undefined> {
    const { verified } = this.#pass;
    const { files } = this.#deps;
    const isCurrent = (one: Verified) => this.#pass.verified === one;
    return verified && openSharedPart(files, this.#stored, { verified, isCurrent });
  }

  addSource(found: FoundSource): void {
    const source = this.pool.learn(found);
    if (!source) return;
    if (found.name !== undefined && this.#stored.name === this.#stored.hash) this.#takeName(found.name);
    this.#book.touch();
    this.#lookAgain();
  }

  /** The file to look at while it is loading and afterwards. Fails with media.size-unknown or media.unchecked. */
  openPreview(): PreviewSource {
    const now = () => ({
      stored: this.#stored,
      size: this.#pass.size,
      isCancelled: this.#isCancelled && this.#stored.state !== 'done',
    });
    return PreviewSource.open({ ...this.#deps, preview: this.preview, now, check: this.check });
  }

  /** `place` and `secondsLeft`: what only all downloads together tell. */
  view(place = this.#stored.place, secondsLeft: number | null = null): DownloadView {
    const { size, doneBytes, rateBps } = this.#pass;
    return toDownloadView(this.#stored, {
      ...{ ...this.#state(), place, secondsLeft, size, doneBytes, rateBps },
      path: this.#stored.finalPath ?? wantedPath(this.#stored, this.#deps.files),
      found: foundAgainst(this.#stored, this.#deps)?.found ?? null,
      blockedBy: this.#blockedBy ?? null,
      sources: this.pool.all,
    });
  }

  chunks(): ChunksView {
    return this.#pass.chunks();
  }

  othersNeed(): number {
    return this.#shared.othersNeed(this);
  }

  /** What cannot be kept has not happened: it is as before, and fails with disk.*. */
  async change(change: Partial<StoredDownload>): Promise<void> {
    // Kept, it would come back; only work that is being stopped may still come to its end.
    if (this.#isCancelled && !this.#abort) return;
    const before = this.#stored;
    this.#stored = { ...before, ...change };
    try {
      const ended = toHistory(before, this.#stored, this.#pass.doneBytes, this.#deps);
      await this.#deps.store.save(this.#stored, ended);
    } catch (error) {
      // Others may have changed something else meanwhile.
      const undone = Object.keys(change).map((key) => [key, before[key as keyof StoredDownload]]);
      this.#stored = { ...this.#stored, ...Object.fromEntries(undone) };
      throw error;
    }
    this.#lookAtRules();
    this.preview.notify();
    this.#events.changed();
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#events.changed();
  }

  progressed(): void {
    this.#interruptions.progressed();
    this.preview.notify();
    this.#events.progress();
  }

  sourcesChanged(): void {
    if (this.pool.startable().length === 0) this.#finders.hurry();
    this.#events.changed();
  }

  async #relocate(folder: string, abort: AbortController): Promise<void> {
    try {
      await this.#relocation.run(folder, this.#pass.doneBytes, abort.signal);
    } finally {
      this.#abort = undefined;
      if (!abort.signal.aborted) this.start();
    }
  }

  /** What is done or has failed needs no rule. */
  #lookAtRules(): void {
    const { state } = this.#stored;
    const isOver = state === 'done' || state === 'failed';
    this.#blockedBy = isOver ? undefined : this.#deps.blockedBy(this.#stored);
    // Bringing a part elsewhere concerns nobody.
    if (this.#blockedBy === undefined || !this.#abort || this.#phase === 'moving') return;
    this.#isHalted = true;
    this.#abort.abort();
  }

  #lookAgain(): void {
    this.news.notify();
    this.#pass.look();
    this.#events.changed();
  }

  /** The user gave none: the first that is told will do. It is made safe where it is used. */
  #takeName(name: string): void {
    void this.change({ name }).catch((error: unknown) => this.#deps.logger.warn('a name was not saved', { error }));
  }

  #state() {
    const [stored, phase, mayRun, blockedBy] = [this.#stored, this.#phase, this.#mayRun, this.#blockedBy];
    const { diskReason } = this.#interruptions;
    return describeState({ stored, diskReason, phase, mayRun, blockedBy, sources: this.pool.usable });
  }

  async #run(abort: AbortController): Promise<void> {
    const { signal } = abort;
    const searching = new AbortController();
    const search = this.#finders.run(AbortSignal.any([signal, searching.signal]));
    await this.#interruptions.outlast(() => this.#pass.run(signal), signal);
    searching.abort();
    await search;
    this.#phase = 'idle';
    if (this.#abort === abort) this.#abort = undefined;
    const wasHalted = this.#isHalted;
    this.#isHalted = false;
    // It may not be blocked any more.
    if (wasHalted) this.start();
    this.#events.changed();
  }
}
