import { AppError, errorText } from '../../contract/errors.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import type { FileCheck, Pieces } from '../content/file-check.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { DownloadStore, StoredDownload } from '../store/download-store.ts';
import { PartFile, wantedPath } from './part-file.ts';
import type { PreviewedPart } from './previewed-part.ts';
import { keptChunks, usablePieces } from './web-segments.ts';

type Now = { readonly stored: StoredDownload; readonly size: number | undefined; readonly isCancelled: boolean };
type Deps = {
  readonly files: FileSystem;
  readonly store: DownloadStore;
  readonly preview: PreviewedPart;
  readonly now: () => Now;
  readonly name: string;
  readonly size: number;
  /** What it is checked by while its chunks are not known. */
  readonly pieces: Pieces | undefined;
};

/**
 * The bytes of a download at any time of its life: verified chunks of the part, then the finished file. No file stays open between two
 * reads, so a preview holds up neither the end of a download nor a disk that is taken away.
 */
export class PreviewSource {
  readonly name: string;
  readonly size: number;
  readonly #deps: Deps;
  /** What is recorded of the part; good until there are news. */
  #recorded: { readonly news: number; readonly chunks: ChunkMap | undefined } | undefined;

  private constructor(deps: Deps) {
    this.#deps = deps;
    this.name = deps.name;
    this.size = deps.size;
  }

  /** Fails with media.size-unknown, or media.unchecked when nothing of it can be verified before it is whole. */
  static open({ check, ...deps }: Omit<Deps, 'name' | 'size' | 'pieces'> & { readonly check: FileCheck | undefined }) {
    const { files, now } = deps;
    const { stored, size } = now();
    const name = files.paths.name(stored.finalPath ?? wantedPath(stored, files));
    if (size === undefined) throw new AppError('media.size-unknown', { name });
    const pieces = usablePieces(check?.pieces);
    const isChecked = stored.state === 'done' || stored.hash !== undefined || pieces !== undefined;
    if (!isChecked) throw new AppError('media.unchecked', { name });
    return new PreviewSource({ ...deps, name, size, pieces });
  }

  get isWhole(): boolean {
    return this.#deps.now().stored.state === 'done';
  }

  /** Whether reading there would not wait. */
  async isHere(position: number): Promise<boolean> {
    const { stored, size, isCancelled } = this.#deps.now();
    if (stored.state === 'done') return true;
    return !isCancelled && size === this.size && this.#isVerified(Math.floor(position / CHUNK_BYTES));
  }

  /** Fills `target` from `position` to the end of that chunk at most, and waits for it; gives at least one byte. Fails with media.gone, download.cancelled, disk.* or the signal's reason. */
  async read(target: Uint8Array, position: number, signal: AbortSignal): Promise<number> {
    const chunk = Math.floor(position / CHUNK_BYTES);
    const piece = target.subarray(0, Math.min(target.length, (chunk + 1) * CHUNK_BYTES - position));
    let bytes = 0;
    const isReady = async () => {
      bytes = await this.#tryRead(piece, position, chunk);
      return bytes > 0;
    };
    await this.#deps.preview.until(this, { chunk, isReady }, signal);
    return bytes;
  }

  async close(): Promise<void> {
    this.#deps.preview.leave(this);
  }

  /** 0: not yet. */
  async #tryRead(target: Uint8Array, position: number, chunk: number): Promise<number> {
    const { files, now } = this.#deps;
    const { stored, size, isCancelled } = now();
    if (isCancelled) throw new AppError('download.cancelled');
    if (stored.state === 'done') {
      const bytes = await this.#readAt(stored.finalPath ?? '', target, position);
      return bytes > 0 ? bytes : this.#fail('the finished file was moved, changed or deleted');
    }
    if (stored.state === 'failed') {
      return this.#fail(stored.reason ? errorText({ code: stored.reason, params: {} }) : 'the download failed');
    }
    if (size !== this.size) return this.#fail('its size is doubtful');
    if (!(await this.#isVerified(chunk))) return 0;
    // The part may have got its final name meanwhile, or its disk be away: there will be news.
    return this.#readAt(PartFile.pathOf(files, stored.folder, stored.id), target, position);
  }

  async #readAt(path: string, target: Uint8Array, position: number): Promise<number> {
    const handle = await this.#deps.files.openRead(path);
    if (!handle) return 0;
    try {
      return await handle.read(target, position);
    } finally {
      await handle.close();
    }
  }

  /** Of a part that is not open, as at a start: what was recorded is believed. */
  async #isVerified(chunk: number): Promise<boolean> {
    const { preview } = this.#deps;
    const isDone = preview.isVerified(chunk);
    if (isDone !== undefined) return isDone;
    const { news } = preview;
    if (this.#recorded?.news !== news) {
      this.#recorded = { news, chunks: await this.#readRecorded() };
    }
    return this.#recorded.chunks?.has(chunk) ?? false;
  }

  async #readRecorded(): Promise<ChunkMap | undefined> {
    const { store, now, pieces } = this.#deps;
    const { id } = now().stored;
    const progress = await store.progress(id);
    if (progress) return ChunkMap.fromBytes(progress.recorded, chunkCount(this.size));
    const kept = pieces && (await store.checks.fetched(id));
    return kept && keptChunks(kept, this.size, pieces);
  }

  #fail(why: string): never {
    throw new AppError('media.gone', { name: this.name, why });
  }
}
