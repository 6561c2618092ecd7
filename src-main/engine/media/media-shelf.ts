import { AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { ContentHash, DownloadId } from '../../contract/ids.ts';
import type { Media, MediaRequest, MediaType, PassiveType } from '../../contract/media.ts';
import type { OpenedFile } from '../library/open-shared.ts';
import type { Clock } from '../ports/clock.ts';
import type { DescriptorReader } from '../ports/descriptor-reader.ts';
import type { MediaSource } from './media-source.ts';
import { OpenMedia, PIECE_BYTES } from './open-media.ts';
import { isSafeToOpen } from './safe-to-open.ts';
import { SharedSource } from './shared-source.ts';

/** Files shown at once; a face shows one or two. */
const MAX_OPEN = 32;
/** The beginning of a download is waited for so long: whoever asked may ask again. */
const BEGINNING_WAIT_MS = 30_000;
/** Why a download cannot be looked at before more is known of it. */
const NOT_YET: ReadonlySet<ErrorCode> = new Set(['media.size-unknown', 'media.unchecked']);

type Deps = {
  readonly clock: Clock;
  readonly reader: DescriptorReader;
  readonly downloads: { preview(id: DownloadId): MediaSource };
  readonly library: { open(hash: ContentHash, size?: number): Promise<OpenedFile> };
};

/** Opens files to be shown, after a look at their first bytes; at most 32 at once. */
export class MediaShelf {
  readonly #deps: Deps;
  readonly #open = new Set<OpenMedia>();
  readonly #stopping = new AbortController();
  #opening = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** See MediaApi. */
  async open(request: MediaRequest, signal?: AbortSignal): Promise<Media> {
    if (this.#open.size + this.#opening >= MAX_OPEN) throw new AppError('media.too-many', { open: MAX_OPEN });
    this.#opening++;
    try {
      const source = await this.#source(request);
      try {
        return await this.#show(source, signal);
      } catch (error) {
        await source.close();
        throw error;
      }
    } finally {
      this.#opening--;
    }
  }

  /** Never waits for a download. */
  async type(request: MediaRequest): Promise<MediaType> {
    const source = await this.#source(request).catch((error: unknown) => {
      if (!NOT_YET.has(toAppError(error).code)) throw error;
    });
    if (!source) return { type: null, mayOpen: false };
    try {
      const type = (await source.isHere(0)) ? await this.#typeOf(source, undefined) : undefined;
      return { type: type ?? null, mayOpen: type !== undefined && source.isWhole && isSafeToOpen(source.name, type) };
    } finally {
      await source.close();
    }
  }

  /** Closes all. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AppError('media.gone', { name: 'the file', why: 'the peer ends' }));
    await Promise.all([...this.#open].map((media) => media.close()));
  }

  async #show(source: MediaSource, signal: AbortSignal | undefined): Promise<Media> {
    const type = await this.#typeOf(source, signal);
    signal?.throwIfAborted();
    if (!type) throw new AppError('media.not-passive', { name: source.name });
    this.#stopping.signal.throwIfAborted();
    const media = new OpenMedia({ source, type, closed: (closed) => this.#open.delete(closed) });
    this.#open.add(media);
    return media;
  }

  async #source(request: MediaRequest): Promise<MediaSource> {
    if (request.kind === 'download') return this.#deps.downloads.preview(request.id);
    const opened = await this.#deps.library.open(request.hash, request.size);
    if (opened.kind !== 'open') throw new AppError('media.unknown');
    return new SharedSource(opened.file);
  }

  async #typeOf(source: MediaSource, signal: AbortSignal | undefined): Promise<PassiveType | undefined> {
    const { clock, reader } = this.#deps;
    const late = new AbortController();
    const timer = clock.setTimer(BEGINNING_WAIT_MS, () =>
      late.abort(new AppError('media.not-yet', { name: source.name })),
    );
    try {
      const signals = [late.signal, this.#stopping.signal, ...(signal ? [signal] : [])];
      return await reader.passiveType(await readBeginning(source, AbortSignal.any(signals)));
    } finally {
      timer.cancel();
    }
  }
}

async function readBeginning(source: MediaSource, signal: AbortSignal): Promise<Uint8Array> {
  const beginning = new Uint8Array(Math.min(PIECE_BYTES, source.size));
  let filled = 0;
  while (filled < beginning.length) filled += await source.read(beginning.subarray(filled), filled, signal);
  return beginning;
}
