import { unzipSync } from 'fflate';
import type { CappedBlob } from './capped-blob.ts';
import type { RawFields } from './clean-fields.ts';
import { XML_PART_BYTES } from './limits.ts';
import { parseXmlPart, type XmlNode } from './xml-part.ts';

type Zip = { part(name: string): XmlNode | undefined };

/** Properties of an office document (OOXML, OpenDocument) or a book (EPUB); nothing for another zip. */
export function readZipDocument(blob: CappedBlob): RawFields {
  const zip = openZip(blob.readNow());
  return readEpub(zip) ?? readOpenDocument(zip) ?? readOffice(zip) ?? {};
}

/** Unpacks one small part at a time: fflate writes at most the length that the part declares. */
function openZip(bytes: Uint8Array): Zip {
  return {
    part(name) {
      const found = unzipSync(bytes, { filter: (file) => file.name === name && file.originalSize <= XML_PART_BYTES });
      const part = found[name];
      return part && parseXmlPart(part);
    },
  };
}

function readEpub(zip: Zip): RawFields | undefined {
  const book = zip.part('META-INF/container.xml')?.text('container', 'rootfiles', 'rootfile', 'full-path');
  const metadata = book === undefined ? undefined : zip.part(book)?.at('package', 'metadata');
  return metadata && { ...dublinCore(metadata), year: yearOf(metadata.text('date')) };
}

function readOpenDocument(zip: Zip): RawFields | undefined {
  const meta = zip.part('meta.xml')?.at('document-meta', 'meta');
  return meta && { ...dublinCore(meta), pages: meta.count('document-statistic', 'page-count') };
}

function readOffice(zip: Zip): RawFields | undefined {
  const core = zip.part('docProps/core.xml')?.at('coreProperties');
  if (!core) return undefined;
  const app = zip.part('docProps/app.xml')?.at('Properties');
  return { ...dublinCore(core), pages: app?.count('Pages') ?? app?.count('Slides') };
}

const dublinCore = (node: XmlNode): RawFields => ({
  title: node.text('title'),
  artist: node.text('creator'),
  language: node.text('language'),
});

function yearOf(date: string | undefined): number | undefined {
  const year = /^(\d{4})\b/.exec(date ?? '')?.[1];
  return year === undefined ? undefined : Number(year);
}
