import type { FileType } from '../../contract/descriptor.ts';
import { endingOf, typeOfEnding } from '../../engine/content/file-type.ts';

/** What the first bytes say. */
export type Sniffed = { readonly ext: string; readonly mime: string };

/** Containers whose first bytes do not say what they hold: there the name's ending is believed, if it claims one of these. */
const GENERIC: Readonly<Record<string, readonly FileType[]>> = {
  zip: ['document', 'software'],
  cfb: ['document', 'software'],
  xml: ['document', 'image'],
};
const MEDIA = /^(audio|video|image)\//;

/** The type by the first bytes, else by the name's ending: a program named `song.mp3` is software. */
export function decideType(name: string, sniffed: Sniffed | undefined): FileType {
  const named = typeOfEnding(endingOf(name));
  if (!sniffed || GENERIC[sniffed.ext]?.includes(named)) return named;
  return typeOfSniffed(sniffed);
}

/** The type by the first bytes alone. */
export function typeOfSniffed({ ext, mime }: Sniffed): FileType {
  const media = MEDIA.exec(mime)?.[1];
  return (media as FileType | undefined) ?? typeOfEnding(endingOf(`.${ext}`) || ext);
}
