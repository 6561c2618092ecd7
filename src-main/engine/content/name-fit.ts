import type { FileType } from '../../contract/descriptor.ts';
import { endingOf, typeOfEnding } from './file-type.ts';

/** How what a file is fits its name: `disguised` is a program under the name of what is only shown or heard. */
export type NameFit = 'fits' | 'differs' | 'disguised';

/** Kinds that are shown or heard; a program that bears the ending of one poses. */
const PASSIVE: ReadonlySet<FileType> = new Set(['audio', 'video', 'image', 'document']);
/** Types that share endings or are told apart by taste: no contradiction. */
const KIN: readonly ReadonlySet<FileType>[] = [
  new Set(['audio', 'video']),
  new Set(['software', 'archive', 'document']),
  new Set(['image', 'document', 'archive']),
];

export const isPassive = (type: FileType): boolean => PASSIVE.has(type);

/** Whether a file whose name ends in a type cannot well be of the type that somebody says. */
export function contradicts(byEnding: FileType, said: FileType): boolean {
  if (byEnding === 'other' || said === 'other' || byEnding === said) return false;
  return !KIN.some((kin) => kin.has(byEnding) && kin.has(said));
}

/** `found`: by its first bytes (ports/descriptor-reader.ts), which tell a program from a zip: there none is a program by taste. */
export function fitOf(name: string, found: FileType): NameFit {
  const named = typeOfEnding(endingOf(name.trimEnd()));
  if (found === 'software' && isPassive(named)) return 'disguised';
  return contradicts(named, found) ? 'differs' : 'fits';
}
