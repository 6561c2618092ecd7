import type { CappedBlob } from './capped-blob.ts';
import type { RawFields } from './clean-fields.ts';
import { HTML_HEAD_BYTES } from './limits.ts';
import { unescapeXml } from './xml-part.ts';

const TITLE = /<title\b[^>]{0,200}>([^<]{1,1000})<\/title\s*>/i;
const LANGUAGE = /<html\b[^>]{0,1000}?\blang\s*=\s*["']?([a-zA-Z-]{2,35})/i;

/** Title and language of a web page. */
export async function readHtml(blob: CappedBlob): Promise<RawFields> {
  const head = await blob.slice(0, HTML_HEAD_BYTES).text();
  const title = TITLE.exec(head)?.[1];
  return { title: title === undefined ? undefined : unescapeXml(title), language: LANGUAGE.exec(head)?.[1] };
}
