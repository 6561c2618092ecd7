import type { Descriptor } from '../contract/descriptor.ts';
import type { ContentHash } from '../contract/ids.ts';
import type { Downloads } from './download/downloads.ts';
import type { Library } from './library/library.ts';
import type { OpenedFile, ServedFiles } from './upload/served-files.ts';

type Deps = {
  readonly library: Pick<Library, 'open' | 'chunkLayer'>;
  /** What of the library others may know of. */
  readonly shown: Pick<ServedFiles, 'descriptors'>;
  /** The user wants nothing to do with it. */
  readonly isBlocked: (hash: ContentHash) => boolean;
  readonly downloads: () => Pick<Downloads, 'openPart' | 'partLayer'>;
  /** Whether what is still loading is shared. */
  readonly sharesParts: () => boolean;
};

/** What this peer serves: files of its library, and the verified chunks of those that it is still loading (partial sharing). */
export class ServedContents implements ServedFiles {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async open(hash: ContentHash): Promise<OpenedFile> {
    const { library, downloads, sharesParts, isBlocked } = this.#deps;
    if (isBlocked(hash)) return { kind: 'unknown' };
    const opened = await library.open(hash);
    if (opened.kind === 'open' || !sharesParts()) return opened;
    const file = await downloads().openPart(hash);
    return file ? { kind: 'open', file } : opened;
  }

  async chunkLayer(hash: ContentHash, size: number): Promise<Uint8Array | undefined> {
    const { library, downloads, sharesParts, isBlocked } = this.#deps;
    if (isBlocked(hash)) return undefined;
    return (await library.chunkLayer(hash, size)) ?? (sharesParts() ? downloads().partLayer(hash, size) : undefined);
  }

  descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]> {
    return this.#deps.shown.descriptors(after, limit);
  }
}
