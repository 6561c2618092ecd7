import type { FileType } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { DescriptorReader, Logger } from '../ports/index.ts';
import { setLast } from '../set-last.ts';
import { ContentTypeStore } from '../store/content-type-store.ts';

type FileName = { readonly hash: ContentHash; readonly size: number };
type Deps = {
  readonly reader: Pick<DescriptorReader, 'contentType'>;
  readonly store: Pick<ContentTypeStore, 'load' | 'save'>;
  readonly logger: Logger;
};

/**
 * What files are by their first bytes, as downloads have found: what nobody else says. The last 10,000 of them are remembered, over restarts
 * too, for the searches that find such a file again.
 */
export class FoundTypes {
  readonly #deps: Deps;
  readonly #types = new Map<string, FileType>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Remembers what earlier runs found. */
  async start(): Promise<void> {
    for (const { type, ...file } of await this.#deps.store.load()) this.#set(file, type);
  }

  /** Undefined: never found here, or its bytes do not say. */
  of(file: FileName): FileType | undefined {
    return this.#types.get(keyOf(file));
  }

  /** Looks at the verified beginning of a file. What cannot be kept is remembered by this run only. */
  async look(file: FileName, beginning: Uint8Array): Promise<FileType | undefined> {
    const { reader, store, logger } = this.#deps;
    const type = await reader.contentType(beginning);
    if (type === undefined) return undefined;
    this.#set(file, type);
    await store
      .save({ ...file, type })
      .catch((error: unknown) => logger.warn('what a file is was not kept', { hash: file.hash, error }));
    return type;
  }

  #set(file: FileName, type: FileType): void {
    setLast(this.#types, [keyOf(file), type], ContentTypeStore.MOST);
  }
}

const keyOf = ({ hash, size }: FileName): string => `${hash} ${size}`;
