import { deepEqual, equal, ok } from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { decodeFilesBatch, encodeFilesBatch } from '../../../src-main/engine/wire/files-batch.ts';
import { FILES_BATCH_UNPACKED_BYTES } from '../../../src-main/engine/wire/limits.ts';
import { decodeMetalink, encodeMetalink } from '../../../src-main/engine/wire/metalink.ts';
import { readPlainElements } from '../../../src-main/engine/wire/plain-elements.ts';
import { decodeSharesPage, encodeSharesPage } from '../../../src-main/engine/wire/shares-page.ts';
import { decodeAttribute, encodeAttribute, isCarriable, readXml } from '../../../src-main/engine/wire/xml.ts';
import { readXmlTree, textOf } from '../../../src-main/engine/wire/xml-tree.ts';
import { unpackGzip } from '../../../src-main/platform/unpack-gzip.ts';
import { DESCRIPTOR_XML, FILES_XML, HASH, NODE } from './samples.ts';
import { type Target, textTarget } from './target.ts';

/** XML of strangers: uploads, pages of shares, lists. */

const WORDS = [
  ...[
    '<!DOCTYPE a [<!ENTITY x "y">]>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?xml version="1.0"?>',
    '&#0;',
    '&#x110000;',
  ],
  ...['&amp;amp;', '&#xD800;', '&lt;', ' xmlns:a="b"', '<a:b/>', '\ufeff', '\ufffe', '__proto__', 'constructor'],
];
const METALINK = `<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a/notes.pdf"><identity>Notes</identity><size>4211</size>
<hash type="tree:sha256">${HASH}</hash><hash type="sha-256">${HASH}</hash><pieces type="sha-256" length="4096"><hash>${HASH}</hash><hash>${NODE}</hash></pieces>
<url>shoal://${NODE}@198.51.100.7:1214</url><url priority="1">https://example.org/a%20b</url><url>magnet:?xt=urn:tree:sha256:${HASH}</url></file></metalink>`;

function readFiles(text: string): void {
  const decoded = decodeFilesBatch(text);
  if (decoded.ok) deepEqual(decodeFilesBatch(encodeFilesBatch(decoded.batch)), decoded);
  else ok(decoded.why.length > 0);
}

const filesBatch = textTarget({ name: 'files-batch', seeds: [FILES_XML, '<files/>'], words: WORDS, read: readFiles });

const packedBatch: Target = {
  name: 'packed-batch',
  seeds: [gzipSync(FILES_XML), gzipSync('<files></files>'), gzipSync('x'.repeat(100_000))],
  run(input) {
    const text = unpackGzip(input, FILES_BATCH_UNPACKED_BYTES);
    if (text !== undefined) readFiles(text);
  },
};

const sharesPage = textTarget({
  name: 'shares-page',
  seeds: [`<shares next="${HASH}">${DESCRIPTOR_XML}</shares>`, '<shares/>'],
  words: WORDS,
  read(text) {
    const decoded = decodeSharesPage(text);
    if (decoded.ok) deepEqual(decodeSharesPage(encodeSharesPage(decoded.page)), decoded);
  },
});

const metalink = textTarget({
  name: 'metalink',
  seeds: [METALINK, METALINK.replaceAll('<', '<m:').replaceAll('<m:/', '</m:').replace('xmlns=', 'xmlns:m=')],
  words: WORDS,
  read(text) {
    const decoded = decodeMetalink(text);
    if (!decoded.ok) return;
    const written = encodeMetalink(decoded.files);
    const again = decodeMetalink(written.xml);
    ok(again.ok);
    equal(again.files.length, written.files);
    deepEqual(again.files.map(named), decoded.files.map(named));
  },
});

/** What a list keeps of a file; names that are the same twice are told apart when they are written. */
const named = ({ hash, size, check }: { hash?: string; size?: number; check?: unknown }) => ({ hash, size, check });

const xml = textTarget({
  name: 'xml',
  seeds: [FILES_XML, METALINK],
  words: WORDS,
  read(text) {
    readPlainElements(text);
    const shape = { root: 'files', children: ['file', 'remove'], maxLength: text.length + 1 };
    const seen: string[] = [];
    const read = readXml(text, shape, (tag, attributes) => {
      seen.push(tag);
      for (const value of Object.values(attributes)) equal(typeof value, 'string');
      return seen.length > 1000 ? 'too many' : undefined;
    });
    ok(read.ok || read.why.length > 0);
    const tree = readXmlTree(text, { maxLength: text.length + 1, maxTags: 1000 });
    if (tree.ok) textOf(tree.root);
  },
});

const attribute = textTarget({
  name: 'xml-attribute',
  seeds: ['a &amp; &#x263a; &quot;', 'plain', '&#9;'],
  words: WORDS,
  read(text) {
    decodeAttribute(text);
    if (!isCarriable(text)) return;
    const [, written = ''] = /^ name="([^"<>]*)"$/.exec(encodeAttribute('name', text)) ?? [];
    equal(decodeAttribute(written), text);
  },
});

export const DOCUMENT_TARGETS: readonly Target[] = [filesBatch, packedBatch, sharesPage, metalink, xml, attribute];
