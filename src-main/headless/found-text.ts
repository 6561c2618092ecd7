import type { FileType } from '../contract/descriptor.ts';
import type { DownloadView } from '../contract/transfer.ts';

const IS: Readonly<Record<FileType, string>> = {
  audio: 'sound',
  video: 'a film',
  image: 'a picture',
  document: 'a document',
  software: 'a program',
  archive: 'an archive',
  other: 'something else',
};

/** What a download is by its first bytes, where its name says something else; else undefined. */
export const foundText = ({ found }: Pick<DownloadView, 'found'>): string | undefined =>
  found === null ? undefined : `by its bytes ${IS[found]}`;
