import { AppError, type ErrorCode } from '../../contract/errors.ts';
import type { ContentHash, DownloadId, NodeId } from '../../contract/ids.ts';
import type { ChunksView, DownloadState, DownloadView, SourceUse } from '../../contract/transfer.ts';
import type { SourceId, WebUrl } from '../../contract/web-url.ts';
import type { FileCheck } from '../content/file-check.ts';
import { randomId } from '../shuffle.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { type AlternateLocation, alternateLocations } from './alternate-locations.ts';
import { ChunkBuffers } from './chunk-buffers.ts';
import { type DiscardedFile, discardFile } from './discard-file.ts';
import type { DownloadDeps, DownloadLimits } from './download-deps.ts';
import { FileDownload } from './file-download.ts';
import { Forecast } from './forecast.ts';
import { clearLeftParts, isCancelled } from './left-parts.ts';
import { type NewDownload, toStored, whyNotNew } from './new-download.ts';
import type { PreviewSource } from './preview-source.ts';
import { ProgressReports } from './progress-reports.ts';
import { receivingLimit } from './receiving-limit.ts';
import type { SharedPart } from './shared-part.ts';
import type { FoundPeer, FoundSource } from './source.ts';

export type DownloadAnnouncements = {
  readonly progress: (view: DownloadView) => void;
  readonly done: (id: DownloadId, path: string) => void;
  readonly failed: (id: DownloadId, code: ErrorCode) => void;
};

type Deps = DownloadDeps & { readonly folder: () => string; readonly announce: DownloadAnnouncements };

/** All downloads of this peer: at most download.running run, the rest wait in the user's order. */
export class Downloads {
  readonly #deps: Deps;
  readonly #downloads = new Map<DownloadId, FileDownload>();
  readonly #buffers: ChunkBuffers;
  readonly #limit: TokenBucket;
  readonly #reports: ProgressReports;
  readonly #forecast: Forecast;
  readonly #lastState = new Map<DownloadId, DownloadState>();
  #isRunning = false;
  #holdsTurns = false;
  #areTurnsDue = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#buffers = new ChunkBuffers(() => deps.settings()['download.memory']);
    this.#limit = receivingLimit(deps.clock, () => deps.settings()['download.rate']);
    this.#reports = new ProgressReports(deps.clock, (id) => this.#report(id));
    this.#forecast = new Forecast({ ...deps, downloads: () => this.#ordered() });
  }

  /** Loads what was wanted before and goes on with it. */
  async start(): Promise<void> {
    const all = await this.#deps.store.all();
    await clearLeftParts(this.#deps, all, this.#deps.folder());
    for (const stored of all) {
      if (isCancelled(stored)) continue;
      const download = this.#make(stored);
      this.#downloads.set(stored.id, download);
      await download.load();
    }
    this.#isRunning = true;
    this.#giveTurns();
    this.#together(() => {
      for (const download of this.#downloads.values()) download.start();
    });
  }

  /** Stops all transfers; what was verified is recorded. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#reports.stop();
    await Promise.all([...this.#downloads.values()].map((download) => download.stop()));
  }

  /** Adds a download, or fails with download.exists when the same file is on its way: that one is given the sources. */
  async add(wanted: NewDownload): Promise<DownloadId> {
    const [added] = await this.addAll([wanted]);
    if (added === undefined || added instanceof AppError) throw added ?? new AppError('internal');
    return added;
  }

  /** Adds many in one step: the id of each, or why it is not added (as `add` fails). Fails with disk.*, and nothing is added. */
  async addAll(wanted: readonly NewDownload[]): Promise<readonly (DownloadId | AppError)[]> {
    const added: FileDownload[] = [];
    const outcomes = this.#makeNew(wanted, added);
    try {
      await this.#deps.store.add(added.map((download) => download.takeNew()));
    } catch (error) {
      for (const { stored } of added) this.#forget(stored.id);
      throw error;
    }
    // One may be cancelled again by now.
    const kept = added.filter(({ stored }) => this.#downloads.has(stored.id));
    this.#giveTurns();
    if (!this.#isRunning) return outcomes;
    this.#together(() => {
      for (const download of kept) download.start();
    });
    return outcomes;
  }

  addSource(id: DownloadId, source: FoundSource): void {
    this.#downloads.get(id)?.addSource(source);
  }

  /** The file to look at while it is loading and afterwards. Fails with download.unknown, media.size-unknown or media.unchecked. */
  preview(id: DownloadId): PreviewSource {
    return this.#require(id).openPreview();
  }

  /** As `resume`, `cancel`, `relocate` and `retry`, fails with download.finished when it is. */
  async pause(id: DownloadId): Promise<void> {
    return this.#requireUnfinished(id).pause();
  }

  async resume(id: DownloadId): Promise<void> {
    return this.#requireAllowed(id).resume();
  }

  async cancel(id: DownloadId): Promise<void> {
    await this.#drop(this.#requireUnfinished(id));
    this.#giveTurns();
  }

  /** `place` 1 is the next to run; others keep their order. */
  async move(id: DownloadId, place: number): Promise<void> {
    const moved = this.#require(id);
    const others = this.#ordered().filter((download) => download !== moved);
    others.splice(place - 1, 0, moved);
    await Promise.all(others.map((download, index) => download.setPlace(index + 1)));
    this.#giveTurns();
  }

  /** Brings the part of one, running or not, into another folder. Fails with input.invalid or disk.*: then it lies where it lay. */
  async relocate(id: DownloadId, folder: string): Promise<void> {
    const download = this.#requireUnfinished(id);
    if (!this.#deps.files.paths.isAbsolute(folder))
      throw new AppError('input.invalid', { what: folder, why: 'it is not the whole path of a folder' });
    await download.relocate(folder);
    this.#giveTurns();
  }

  /** The block list or the bans changed. */
  shutOutChanged(): void {
    if (!this.#isRunning) return;
    this.#together(() => {
      for (const download of this.#downloads.values()) download.shutOutChanged();
    });
  }

  /** Other settings hold than before: more may run, or fewer. */
  settingsChanged(): void {
    if (this.#isRunning) this.#giveTurns();
  }

  /** How much of the network one may use; undefined: as it is. */
  set(id: DownloadId, limits: DownloadLimits): Promise<void> {
    return this.#require(id).setLimits(limits);
  }

  /** Tries everything again at once that rests or has failed, except banned sources; or one source, a banned one too. */
  async retry(id: DownloadId, source?: SourceId): Promise<void> {
    return this.#requireAllowed(id).retry(source);
  }

  /** Fails with input.invalid when it has no such source, or a banned one is to be the only one. */
  async useSource(id: DownloadId, source: SourceId, use: SourceUse): Promise<void> {
    await this.#require(id).choices.use(source, use);
    this.#giveTurns();
  }

  /** Fails with input.invalid when it has no such source. */
  allowLocal(id: DownloadId, url: WebUrl): Promise<void> {
    return this.#require(id).choices.allowLocal(url);
  }

  /** Deletes the file of a finished one and forgets it. Fails with download.unknown, download.not-done, download.file-changed or disk.*. */
  async discard(id: DownloadId): Promise<DiscardedFile> {
    const download = this.#require(id);
    const discarded = await discardFile(download.stored, this.#deps.files);
    await this.#drop(download);
    return discarded;
  }

  /** Forgets finished and failed ones; returns how many. */
  async clear(): Promise<number> {
    const over = this.#ordered().filter(({ stored }) => stored.state === 'done' || stored.state === 'failed');
    for (const download of over) await this.#drop(download);
    return over.length;
  }

  /** Peers that sent this one whole chunks of a file that it is fetching: alternate locations for others. */
  activeSources(hash: ContentHash): readonly AlternateLocation[] {
    const ofHash = this.#ordered().filter(({ stored }) => stored.hash === hash);
    return alternateLocations(ofHash.flatMap((download) => download.view().sources));
  }

  /** What is verified of a file that is still loading, open for reading; undefined when there is none. Fails with disk.*. */
  async openPart(hash: ContentHash): Promise<SharedPart | undefined> {
    for (const download of this.#ofHash(hash)) {
      const part = await download.openPart();
      if (part) return part;
    }
    return undefined;
  }

  /** The chunk layer of a file that is still loading. */
  partLayer(hash: ContentHash, size: number): Uint8Array | undefined {
    return this.#ofHash(hash).find(({ verified }) => verified?.size === size)?.verified?.layer;
  }

  /** A peer that fetches a file, and passes on what it has of it, has asked for it: where it is fetched here too, a source. */
  met(hash: ContentHash, found: FoundPeer): void {
    for (const download of this.#ofHash(hash)) if (download.stored.state === 'wanted') download.met(found);
  }

  /** Verified bytes of a content that came from one peer. */
  bytesFrom(hash: ContentHash, node: NodeId): number {
    return this.#ofHash(hash).reduce((sum, { pool }) => sum + (pool.get(node)?.bytes ?? 0), 0);
  }

  /** In the order in which they run. */
  list(): readonly DownloadView[] {
    return this.#ordered().map((download, index) =>
      download.view(index + 1, this.#forecast.secondsLeft(download.stored.id)),
    );
  }

  /** What a list says of the bytes of one. */
  checkOf(id: DownloadId): FileCheck | undefined {
    return this.#downloads.get(id)?.check;
  }

  /** Which chunks of one are here, and which are asked for. */
  chunks(id: DownloadId): ChunksView {
    return this.#require(id).chunks();
  }

  get unfinished(): number {
    return this.#ordered().filter(({ stored }) => stored.state === 'wanted' || stored.state === 'paused').length;
  }

  /** Puts what may be added into the list, and into `added`. */
  #makeNew(wanted: readonly NewDownload[], added: FileDownload[]): readonly (DownloadId | AppError)[] {
    const byKey = Map.groupBy(this.#downloads.values(), ({ key }) => key);
    let place = 1 + Math.max(0, this.#ordered().at(-1)?.stored.place ?? 0);
    return wanted.map((one) => {
      const key = one.hash ?? one.check?.sha256;
      const others = (key !== undefined && byKey.get(key)) || [];
      const stored = others.map((other) => other.stored);
      const why = whyNotNew(one, stored, this.#deps.blockedBy);
      if (why) {
        others.find(({ stored }) => stored.id === why.params.id)?.give(one);
        return why;
      }
      const addedMs = Math.round(this.#deps.clock.wallMs());
      const placed = { id: this.#newId(), folder: this.#deps.folder(), place: place++, addedMs };
      const download = this.#make(toStored(one, placed));
      download.give(one);
      download.check = one.check;
      // Nothing is told of it before.
      this.#downloads.set(download.stored.id, download);
      byKey.set(key, [...others, download]);
      added.push(download);
      return download.stored.id;
    });
  }

  #newId(): DownloadId {
    let id: DownloadId;
    do id = randomId(this.#deps.random, 4) as DownloadId;
    while (this.#downloads.has(id));
    return id;
  }

  #make(stored: StoredDownload): FileDownload {
    const { id } = stored;
    const shared = {
      buffers: this.#buffers,
      limit: this.#limit,
      othersNeed: (download: FileDownload) => this.#othersNeed(download),
    };
    return new FileDownload(stored, this.#deps, shared, {
      changed: () => this.#changed(id),
      progress: () => this.#reports.touch(id),
    });
  }

  #ofHash(hash: ContentHash): FileDownload[] {
    return [...this.#downloads.values()].filter(({ stored }) => stored.hash === hash);
  }

  #ordered(): FileDownload[] {
    return [...this.#downloads.values()].sort((a, b) => a.stored.place - b.stored.place);
  }

  /** Places that are stored may have gaps, where others were forgotten. */
  #placeOf({ stored }: FileDownload): number {
    let place = 1;
    for (const other of this.#downloads.values()) if (other.stored.place < stored.place) place++;
    return place;
  }

  #othersNeed(download: FileDownload): number {
    const others = this.#ordered().filter(
      (other) => other !== download && other.stored.folder === download.stored.folder,
    );
    return others.reduce((sum, other) => sum + other.needsBytes, 0);
  }

  #changed(id: DownloadId): void {
    const view = this.#downloads.get(id)?.view();
    if (!view) return;
    if (view.state === this.#lastState.get(id)) {
      this.#reports.touch(id);
      return;
    }
    this.#lastState.set(id, view.state);
    this.#reports.now(id);
    if (view.state === 'done') this.#deps.announce.done(id, view.path);
    if (view.state === 'failed') this.#deps.announce.failed(id, view.reason ?? 'internal');
    this.#giveTurns();
  }

  /** What `work` changes gives new turns once, when it is over. */
  #together(work: () => void): void {
    this.#holdsTurns = true;
    try {
      work();
    } finally {
      this.#holdsTurns = false;
    }
    this.#giveTurns();
  }

  /** Turns change states, and states turns: once more, not one within the other, for the list may be long. */
  #giveTurns(): void {
    this.#areTurnsDue = true;
    if (this.#holdsTurns) return;
    this.#holdsTurns = true;
    try {
      while (this.#areTurnsDue) {
        this.#areTurnsDue = false;
        this.#giveEachTurn();
      }
    } finally {
      this.#holdsTurns = false;
    }
  }

  /** The first n that could use a turn have one; those without a source hold up nobody. */
  #giveEachTurn(): void {
    let free = this.#deps.settings()['download.running'];
    for (const download of this.#ordered()) {
      const mayRun = !download.wantsToRun || free > 0;
      if (download.wantsToRun && free > 0) free--;
      download.setTurn(mayRun);
    }
  }

  #report(id: DownloadId): void {
    const download = this.#downloads.get(id);
    if (download) this.#deps.announce.progress(download.view(this.#placeOf(download), this.#forecast.secondsLeft(id)));
  }

  #requireAllowed(id: DownloadId): FileDownload {
    const download = this.#requireUnfinished(id);
    const { blockedBy: rule } = download.view();
    if (rule !== null) throw new AppError('content.blocked', { rule });
    return download;
  }

  #requireUnfinished(id: DownloadId): FileDownload {
    const download = this.#require(id);
    if (download.stored.state === 'done') throw new AppError('download.finished', { id });
    return download;
  }

  #require(id: DownloadId): FileDownload {
    const download = this.#downloads.get(id);
    if (!download) throw new AppError('download.unknown', { id });
    return download;
  }

  /** Whoever shows it or waits for it hears that it is gone. */
  async #drop(download: FileDownload): Promise<void> {
    const { id } = download.stored;
    await download.cancel();
    // Another call may have done it meanwhile.
    if (this.#forget(id)) this.#deps.announce.failed(id, 'download.cancelled');
  }

  /** False when it was not there. */
  #forget(id: DownloadId): boolean {
    this.#reports.forget(id);
    this.#lastState.delete(id);
    return this.#downloads.delete(id);
  }
}
