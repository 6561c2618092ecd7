import { describe, expect, test } from 'vitest';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { METALINK_BYTES, METALINK_FILES, METALINK_TAGS, METALINK_URLS } from '../../src-main/engine/wire/limits.ts';
import { decodeMetalink, encodeMetalink } from '../../src-main/engine/wire/metalink.ts';

const HASH = 'ab'.repeat(32) as ContentHash;
const NODE = 'cd'.repeat(32) as NodeId;
const OPEN = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">';
const OURS = `<hash type="tree:sha256">${HASH}</hash>`;
const inList = (contents: string) => decodeMetalink(`${OPEN}${contents}</metalink>`);
const source = { nodeId: NODE, address: { host: '203.0.113.5', port: 1214 } };

test('a list looks as RFC 5854 has it', () => {
  const { xml } = encodeMetalink([
    { hash: HASH, size: 5, name: 'a & b.txt', identity: 'A < B', sources: [source] },
    { hash: HASH, name: 'A & b.txt', sources: [] },
  ]);
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
  <file name="a &amp; b.txt">
    <identity>A &lt; B</identity>
    <size>5</size>
    <hash type="tree:sha256">${HASH}</hash>
    <url>shoal://${NODE}@203.0.113.5:1214</url>
  </file>
  <file name="abababababab/A &amp; b.txt">
    <hash type="tree:sha256">${HASH}</hash>
    <url>magnet:?xt=urn:tree:sha256:${HASH}</url>
  </file>
</metalink>
`);
});

test('a document of another program is read, what is not ours passed over', () => {
  const decoded = decodeMetalink(`\ufeff<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand -->
<m:metalink xmlns:m="urn:ietf:params:xml:ns:metalink" xmlns:x="urn:x">
  <m:published>2026-01-01T00:00:00Z</m:published>
  <m:file name="dir/sub/movie.mkv">
    <x:size>7</x:size>
    <m:size> 12 </m:size>
    <m:identity><![CDATA[A <b>movie</b>]]></m:identity>
    <m:hash type="sha-256">${'0'.repeat(64)}</m:hash>
    <m:hash type="tree:sha256">
      ${HASH.toUpperCase()}
    </m:hash>
    <m:pieces length="16" type="sha-1"><m:hash>11</m:hash></m:pieces>
    <m:url priority="1">https://example.org/movie.mkv</m:url>
    <m:metaurl mediatype="torrent">https://example.org/movie.torrent</m:metaurl>
    <m:url>shoal://${NODE}@203.0.113.5:1214</m:url>
    <m:url>shoal://203.0.113.5:1214</m:url>
  </m:file>
  <m:file name="only-sha.iso"><m:hash type="sha-256">${'0'.repeat(64)}</m:hash></m:file>
</m:metalink>`);
  const movie = { hash: HASH, size: 12, name: 'movie.mkv', identity: 'A <b>movie</b>', sources: [source] };
  expect(decoded).toEqual({ ok: true, files: [movie], skipped: 1 });
});

describe('is refused', () => {
  test.each([
    ['a document type', `<!DOCTYPE metalink [<!ENTITY a "b">]>${OPEN}</metalink>`, 'document types'],
    ['a Metalink 3', '<metalink xmlns="http://www.metalinker.org/"><files/></metalink>', 'no Metalink 4'],
    ['another document', '<html></html>', 'no Metalink 4'],
    ['a document that is cut off', `${OPEN}<file name="a">${OURS}`, 'cut off'],
    ['two documents', `${OPEN}</metalink>${OPEN}</metalink>`, 'cut off'],
    ['no XML', 'hello', 'cut off'],
    ['more than the limit', `${OPEN}${' '.repeat(METALINK_BYTES)}</metalink>`, 'longer'],
    ['more elements than the limit', `${OPEN}${'<a/>'.repeat(METALINK_TAGS)}</metalink>`, 'more elements'],
    ['deep nesting', `${OPEN}${'<a>'.repeat(50)}${'</a>'.repeat(50)}</metalink>`, 'well-formed'],
    ['more files than the limit', `${OPEN}${'<file/>'.repeat(METALINK_FILES + 1)}</metalink>`, 'more than 10000 files'],
  ])('%s', (_, text, why) => {
    expect(decodeMetalink(text)).toEqual({ ok: false, why: expect.stringContaining(why) });
  });
});

test.each([
  ['', HASH],
  ['..', HASH],
  ['a/..', HASH],
  ['/etc/passwd', 'passwd'],
  ['../../x', 'x'],
  ['&custom;', HASH],
  ['x'.repeat(300), 'x'.repeat(255)],
])('the name %j becomes one segment', (given, name) => {
  expect(inList(`<file name="${given}">${OURS}</file>`)).toMatchObject({ files: [{ name }] });
});

test.each(['0', '-1', '1e3', '9'.repeat(17), 'x', ''])('the size %j is none', (size) => {
  expect(inList(`<file name="a"><size>${size}</size>${OURS}</file>`)).toEqual({
    ...{ ok: true, skipped: 0 },
    files: [{ hash: HASH, name: 'a', sources: [] }],
  });
});

test('of more sources than the limit the first are taken', () => {
  const urls = Array.from({ length: METALINK_URLS + 5 }, (_, i) => `<url>shoal://${NODE}@203.0.113.5:${i + 1}</url>`);
  const decoded = inList(`<file name="a">${OURS}${urls.join('')}</file>`);
  expect(decoded.ok && decoded.files[0]?.sources.map(({ address }) => address.port)).toEqual(
    Array.from({ length: METALINK_URLS }, (_, i) => i + 1),
  );
});
