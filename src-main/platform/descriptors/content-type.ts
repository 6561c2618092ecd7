import type { FileType } from '../../contract/descriptor.ts';
import { typeOfSniffed } from './decide-type.ts';
import { isText } from './is-text.ts';
import { sniffBeginning } from './sniff-beginning.ts';

/** Zips, of which each may hold what another says it is: a book with a manifest is no program. */
const ZIPPED_PROGRAMS: ReadonlySet<string> = new Set(['apk', 'jar', 'xpi']);
/** Programs whose ending no file name has that people share. */
const OTHER_PROGRAMS: ReadonlySet<string> = new Set(['lnk']);

type Test = (beginning: DataView) => boolean;
const never: Test = () => false;
/** Known by two or three bytes that other files begin with too: titles of modules and books, raw data. They have to say more, or say nothing. */
const WEAK: Readonly<Record<string, Test>> = {
  exe: hasNewerHead,
  bmp: hasPictureHead,
  ...{ ac3: never, arj: never, cpio: never, dmg: never, mp1: never, mpc: never, swf: never, z: never },
};
/** Where the head of a program for Windows, OS/2 or a DOS extender lies, behind the one for DOS (Microsoft's PE format, section 2). */
const NEWER_HEAD_AT = 0x3c;
const NEWER_HEADS: ReadonlySet<string> = new Set(['PE', 'NE', 'LE', 'LX']);
const PICTURE_HEAD_AT = 14;
/** Bytes of the heads that a bitmap can have (Microsoft's BITMAPCOREHEADER to BITMAPV5HEADER, OS/2's in two lengths). */
const PICTURE_HEADS: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** What a file of this beginning is, whatever it is called; undefined when its bytes do not say. The caller bounds the time. */
export async function contentTypeOf(beginning: Uint8Array): Promise<FileType | undefined> {
  // Words may begin like anything.
  if (isText(beginning)) return undefined;
  const sniffed = await sniffBeginning(beginning);
  if (!sniffed) return undefined;
  const ext = sniffed.ext.toLowerCase();
  const view = new DataView(beginning.buffer, beginning.byteOffset, beginning.byteLength);
  if (Object.hasOwn(WEAK, ext) && !WEAK[ext]?.(view)) return undefined;
  if (ZIPPED_PROGRAMS.has(ext)) return 'archive';
  if (OTHER_PROGRAMS.has(ext)) return 'software';
  const type = typeOfSniffed(sniffed);
  return type === 'other' ? undefined : type;
}

function hasNewerHead(beginning: DataView): boolean {
  if (beginning.byteLength < NEWER_HEAD_AT + 4) return false;
  const at = beginning.getUint32(NEWER_HEAD_AT, true);
  if (at + 2 > beginning.byteLength) return false;
  return NEWER_HEADS.has(String.fromCharCode(beginning.getUint8(at), beginning.getUint8(at + 1)));
}

function hasPictureHead(beginning: DataView): boolean {
  return beginning.byteLength >= PICTURE_HEAD_AT + 4 && PICTURE_HEADS.has(beginning.getUint32(PICTURE_HEAD_AT, true));
}
