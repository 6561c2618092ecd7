import type { FileType } from '../contract/descriptor.ts';
import { AppError } from '../contract/errors.ts';
import type { PassiveType } from '../contract/media.ts';
import { endingOf, typeOfEnding } from '../engine/content/file-type.ts';
import type { DescriptorReader, FileDescription, FileSystem } from '../engine/ports/index.ts';
import { type DecodedMetalink, decodeMetalink } from '../engine/wire/metalink.ts';
import { type DecodedSharesPage, decodeSharesPage } from '../engine/wire/shares-page.ts';
import { contentTypeOf } from '../platform/descriptors/content-type.ts';
import { passiveTypeOf } from '../platform/descriptors/passive-type.ts';

type Deps = { readonly files: FileSystem };

/** Describes files of a FileSystem port: the type by the name's ending, and fields only for the paths that `tell` was called for. */
export class MemoryDescriptorReader implements DescriptorReader {
  readonly #files: FileSystem;
  readonly #known = new Map<string, FileDescription>();

  constructor({ files }: Deps) {
    this.#files = files;
  }

  /** What to answer for `path` from now on. */
  tell(path: string, description: FileDescription): void {
    this.#known.set(path, description);
  }

  async describe(path: string, signal?: AbortSignal): Promise<FileDescription> {
    signal?.throwIfAborted();
    const stat = await this.#files.stat(path);
    signal?.throwIfAborted();
    if (!stat) throw new AppError('disk.missing', { path });
    if (stat.kind !== 'file') throw new AppError('disk.failed', { path, why: 'it is not a file' });
    return this.#known.get(path) ?? { type: typeOfEnding(endingOf(this.#files.paths.name(path))), extracted: {} };
  }

  contentType(beginning: Uint8Array): Promise<FileType | undefined> {
    return contentTypeOf(beginning);
  }

  passiveType(beginning: Uint8Array): Promise<PassiveType | undefined> {
    return passiveTypeOf(beginning);
  }

  async readPage(page: Uint8Array): Promise<DecodedSharesPage> {
    return decodeSharesPage(new TextDecoder().decode(page));
  }

  async readMetalink(text: string): Promise<DecodedMetalink> {
    return decodeMetalink(text);
  }
}
