import type { Extracted, FileType } from '../../contract/descriptor.ts';

/** What kind of file it is (by its first bytes, else its ending) and what it says of itself. */
export type FileDescription = { readonly type: FileType; readonly extracted: Extracted };

export interface DescriptorReader {
  /** Never fails for strange contents: what cannot be read is left out. Bounded in time and memory. */
  describe(path: string, signal?: AbortSignal): Promise<FileDescription>;
}
