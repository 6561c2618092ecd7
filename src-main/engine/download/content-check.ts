import type { FileType } from '../../contract/descriptor.ts';
import { fitOf, type NameFit } from '../content/name-fit.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { ChunkTree } from './chunk-tree.ts';
import type { DownloadDeps } from './download-deps.ts';
import type { PartFile } from './part-file.ts';

/** So much tells what a file is; a tag before a song may be longer, and says so. */
const BEGINNING_BYTES = 64 * 1024;

type Checked = { readonly stored: StoredDownload; change(change: Partial<StoredDownload>): Promise<void> };
type CheckDeps = Pick<DownloadDeps, 'contents' | 'files'>;

/** By its user: one that waits for him goes on to, for pausing it is no decision. */
export const toPaused = (stored: StoredDownload): Partial<StoredDownload> => ({
  state: 'paused',
  reason: isAsking(stored) ? stored.reason : null,
});

/** By its user: if it waited for him, he wants it as it is. */
export const toResumed = (stored: StoredDownload): Partial<StoredDownload> => ({
  state: 'wanted',
  reason: null,
  isAccepted: stored.isAccepted || isAsking(stored),
});

/** A program under the name of something else. */
const isAsking = ({ state, reason }: StoredDownload): boolean => state === 'paused' && reason === 'download.disguised';

/** What a download is by its first bytes, where that does not fit its name or the one that its user gave it. */
export function foundAgainst(
  { hash, size, name, output }: StoredDownload,
  { contents, files }: CheckDeps,
): { readonly found: FileType; readonly fit: NameFit } | undefined {
  const found = hash !== undefined && size !== undefined ? contents.of({ hash, size }) : undefined;
  if (found === undefined) return undefined;
  const names = output === undefined ? [name] : [name, files.paths.name(output)];
  const fits = names.map((one) => fitOf(one, found));
  const fit = fits.find((one) => one === 'disguised') ?? fits.find((one) => one === 'differs');
  return fit && { found, fit };
}

/**
 * Looks at the first bytes of a file as soon as they are verified and written: one that hides a program pauses, once, until the user has
 * decided; none is finished before.
 */
export class ContentCheck {
  readonly #download: Checked;
  readonly #deps: CheckDeps;
  readonly #part: PartFile;
  readonly #tree: ChunkTree;
  readonly #signal: AbortSignal;
  #looking: Promise<void> | undefined;

  constructor(download: Checked, deps: CheckDeps, { part, tree, signal }: Looked) {
    this.#download = download;
    this.#deps = deps;
    this.#part = part;
    this.#tree = tree;
    this.#signal = signal;
  }

  /** The first chunk is in the part. Idempotent; what fails here fails `settled`. */
  begin(): void {
    if (this.#looking) return;
    this.#looking = this.#look();
    this.#looking.catch(() => undefined);
  }

  /** Whether it may be finished. The whole file is there; its name may have come later than its bytes. Fails with disk.*. */
  async settled(): Promise<boolean> {
    this.begin();
    await this.#looking;
    await this.#judge();
    return this.#download.stored.state === 'wanted';
  }

  async #look(): Promise<void> {
    const { hash, size } = this.#tree;
    if (this.#deps.contents.of({ hash, size }) === undefined) {
      const beginning = await this.#readBeginning();
      await this.#deps.contents.look({ hash, size }, beginning);
    }
    await this.#judge();
  }

  async #readBeginning(): Promise<Uint8Array> {
    const beginning = new Uint8Array(Math.min(BEGINNING_BYTES, this.#tree.size));
    let filled = 0;
    while (filled < beginning.length) {
      const bytes = await this.#part.read(beginning.subarray(filled), filled);
      if (bytes === 0) break;
      filled += bytes;
    }
    return beginning.subarray(0, filled);
  }

  async #judge(): Promise<void> {
    const { stored } = this.#download;
    // Its user has paused or ended it meanwhile.
    if (this.#signal.aborted || stored.state !== 'wanted' || stored.isAccepted) return;
    if (foundAgainst(stored, this.#deps)?.fit !== 'disguised') return;
    await this.#download.change({ state: 'paused', reason: 'download.disguised' });
  }
}

type Looked = { readonly part: PartFile; readonly tree: ChunkTree; readonly signal: AbortSignal };
