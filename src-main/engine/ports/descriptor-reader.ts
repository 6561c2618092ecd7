import type { Extracted, FileType } from '../../contract/descriptor.ts';
import type { PassiveType } from '../../contract/media.ts';
import type { DecodedMetalink } from '../wire/metalink.ts';
import type { DecodedSharesPage } from '../wire/shares-page.ts';

/** What kind of file it is (by its first bytes, else its ending) and what it says of itself. */
export type FileDescription = { readonly type: FileType; readonly extracted: Extracted };

export interface DescriptorReader {
  /** Never fails for strange contents: what cannot be read is left out. Bounded in time and memory. */
  describe(path: string, signal?: AbortSignal): Promise<FileDescription>;
  /** As what a file that begins so may be shown, by these bytes alone; undefined: not at all. Never fails for strange contents. Bounded likewise. */
  passiveType(beginning: Uint8Array): Promise<PassiveType | undefined>;
  /** What a file is that begins so, by these bytes alone; undefined: they do not say, as with text. Never fails for strange contents. Bounded likewise. */
  contentType(beginning: Uint8Array): Promise<FileType | undefined>;
  /** A page of what another peer shares (UTF-8 of XML), read off the event loop. Bounded likewise; a page that breaks a bound is not ok. */
  readPage(page: Uint8Array): Promise<DecodedSharesPage>;
  /** A list of files that somebody wrote, in the same way. */
  readMetalink(text: string): Promise<DecodedMetalink>;
}
