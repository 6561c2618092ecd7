import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import { fileTypeFromBlob } from 'file-type';
import { endingOf } from '../../engine/content/file-type.ts';
import type { FileDescription } from '../../engine/ports/index.ts';
import { openRegular } from '../open-regular.ts';
import { CappedBlob } from './capped-blob.ts';
import { cleanFields, type RawFields } from './clean-fields.ts';
import { decideType, type Sniffed } from './decide-type.ts';
import { READ_BUDGET_BYTES, WHOLE_FILE_BYTES } from './limits.ts';

type Found = { readonly fields: RawFields; readonly type?: FileDescription['type'] | undefined };
const NOTHING: Found = { fields: {} };

/**
 * Type and fields of a file, on this thread. Fails with disk.* when it cannot be opened; strange contents only leave fields out.
 * The caller bounds the time: a parser may loop on a hostile file.
 */
export async function describeFile(path: string): Promise<FileDescription> {
  const { descriptor, stats } = openRegular(path);
  try {
    const blob = new CappedBlob({ descriptor, size: Number(stats.size), budget: READ_BUDGET_BYTES });
    const sniffed = await sniff(blob);
    const type = decideType(basename(path), sniffed);
    const found = await readFields(blob, type, sniffed?.ext ?? endingOf(basename(path)));
    return { type: found.type ?? type, extracted: cleanFields(found.fields) };
  } finally {
    closeSync(descriptor);
  }
}

async function sniff(blob: CappedBlob): Promise<Sniffed | undefined> {
  try {
    return await fileTypeFromBlob(blob);
  } catch {
    // Cut or hostile: the name's ending has to do.
    return undefined;
  }
}

async function readFields(blob: CappedBlob, type: FileDescription['type'], ending: string): Promise<Found> {
  try {
    return await runReader(blob, type, ending);
  } catch {
    // A file that is cut, broken, locked by a password or made to deceive has no fields; that is all there is to say of it.
    return NOTHING;
  }
}

/** Each reader is loaded when the first file of its kind comes. */
async function runReader(blob: CappedBlob, type: FileDescription['type'], ending: string): Promise<Found> {
  switch (type) {
    case 'audio':
    case 'video':
      if (ending === 'avi') return { fields: (await import('./read-avi.ts')).readAvi(blob) };
      return (await import('./read-media.ts')).readMedia(blob);
    case 'image':
      return { fields: (await import('./read-image.ts')).readImage(blob) };
    case 'document':
      return { fields: await readDocument(blob, ending) };
    default:
      return NOTHING;
  }
}

async function readDocument(blob: CappedBlob, ending: string): Promise<RawFields> {
  if (HTML_ENDINGS.has(ending)) return (await import('./read-html.ts')).readHtml(blob);
  if (blob.size > WHOLE_FILE_BYTES) return {};
  if (ending === 'pdf') return (await import('./read-pdf.ts')).readPdf(blob);
  return ZIP_ENDINGS.has(ending) ? (await import('./read-zip-document.ts')).readZipDocument(blob) : {};
}

const HTML_ENDINGS: ReadonlySet<string> = new Set(['htm', 'html', 'xhtml', 'xml']);
const ZIP_ENDINGS: ReadonlySet<string> = new Set(
  'zip docm docx dotm dotx epub odg odp ods odt otg otp ots ott potx ppsm ppsx pptm pptx vsdx xlsm xlsx xltm xltx'.split(
    ' ',
  ),
);
