import { describe, expect, test } from 'vitest';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type { WebUrl } from '../../src-main/contract/web-url.ts';
import { toPieces } from '../../src-main/engine/content/file-check.ts';
import {
  METALINK_BYTES,
  METALINK_FILES,
  METALINK_SEEDS,
  METALINK_TAGS,
  METALINK_URLS,
} from '../../src-main/engine/wire/limits.ts';
import { decodeMetalink, encodeMetalink } from '../../src-main/engine/wire/metalink.ts';

const HASH = 'ab'.repeat(32) as ContentHash;
const NODE = 'cd'.repeat(32) as NodeId;
const OPEN = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">';
const OURS = `<hash type="tree:sha256">${HASH}</hash>`;
const inList = (contents: string) => decodeMetalink(`${OPEN}${contents}</metalink>`);
const source = { nodeId: NODE, address: { host: '203.0.113.5', port: 1214 } };

test('a list looks as RFC 5854 has it', () => {
  const { xml } = encodeMetalink([
    { hash: HASH, size: 5, name: 'a & b.txt', identity: 'A < B', sources: [source], web: [] },
    { hash: HASH, name: 'A & b.txt', sources: [], web: [] },
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
  const movie = {
    ...{ hash: HASH, size: 12, name: 'movie.mkv', identity: 'A <b>movie</b>', sources: [source] },
    ...{ web: ['https://example.org/movie.mkv'], check: { sha256: '0'.repeat(64) } },
  };
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
    files: [{ hash: HASH, name: 'a', sources: [], web: [] }],
  });
});

test('of more sources than the limit the first are taken', () => {
  const urls = Array.from({ length: METALINK_URLS + 5 }, (_, i) => `<url>shoal://${NODE}@203.0.113.5:${i + 1}</url>`);
  const decoded = inList(`<file name="a">${OURS}${urls.join('')}</file>`);
  expect(decoded.ok && decoded.files[0]?.sources.map(({ address }) => address.port)).toEqual(
    Array.from({ length: METALINK_URLS }, (_, i) => i + 1),
  );
});

describe('a file that the web has', () => {
  const SUM = '12'.repeat(32);
  const URL = '<url>http://a.example/f</url>';
  const one = (contents: string) => {
    const decoded = inList(`<file name="f">${contents}</file>`);
    return decoded.ok ? decoded.files[0] : decoded.why;
  };

  test('needs no ContentHash when it can be checked otherwise', () => {
    expect(one(`<hash type="sha-256">${SUM.toUpperCase()}</hash>${URL}`)).toEqual({
      ...{ name: 'f', sources: [], web: ['http://a.example/f'], check: { sha256: SUM } },
    });
    expect(one(`<hash type="sha-256">${SUM}</hash>`)).toBeUndefined();
    expect(one(`<hash type="md5">${'0'.repeat(32)}</hash>${URL}`)).toBeUndefined();
    expect(one(URL)).toBeUndefined();
  });

  test('has pieces that cover it exactly, or none', () => {
    const pieces = (length: string, count: number) =>
      `<pieces type="sha-256" length="${length}">${`<hash>${SUM}</hash>`.repeat(count)}</pieces>`;
    const found = (text: string) => {
      const file = one(`${text}${URL}`);
      return typeof file === 'object' ? file.check?.pieces?.bytes : undefined;
    };
    expect(found(`<size>10</size>${pieces('4', 3)}`)).toBe(4);
    for (const wrong of [
      pieces('4', 2),
      pieces('4', 4),
      pieces('0', 3),
      pieces('-4', 3),
      pieces('1e1', 1),
      pieces('x', 3),
    ]) {
      expect(found(`<size>10</size>${wrong}`)).toBeUndefined();
    }
    expect(found(pieces('4', 3))).toBeUndefined();
  });

  test('has its mirrors by priority, each once, and none that is no web address', () => {
    const urls = [
      ['', 'http://last.example/f'],
      [' priority="2"', 'https://second.example/f'],
      [' priority="1" location="de"', 'http://first.example/f'],
      [' priority="3"', 'http://first.example/f#again'],
      [' priority="1"', 'ftp://a.example/f'],
      [' priority="1"', 'http://user:word@a.example/f'],
      [' priority="1"', 'file:///etc/passwd'],
      [' priority="1"', 'javascript:alert(1)'],
      [' priority="1"', `http://a.example/${'x'.repeat(3000)}`],
    ].map(([attributes, url]) => `<url${attributes}>${url}</url>`);
    expect(one(`${OURS}${urls.join('')}`)).toMatchObject({
      web: ['http://first.example/f', 'https://second.example/f', 'http://last.example/f'],
    });
    const many = Array.from({ length: METALINK_URLS + 5 }, (_, index) => `<url>http://a.example/${index}</url>`);
    expect(one(`${OURS}${many.join('')}`)).toMatchObject({ web: { length: METALINK_URLS } });
  });

  test.each([
    ['../../etc/passwd', 'passwd'],
    ['/etc/cron.d/x', 'x'],
    ['..', HASH],
    ['', HASH],
    ['a\u0000b', HASH],
    ['x'.repeat(10_000), 'x'.repeat(255)],
  ])('is named by the last part of %j', (given, name) => {
    const decoded = inList(`<file name="${given}">${OURS}</file>`);
    // A character that XML does not allow makes the list none.
    expect(decoded.ok ? decoded.files[0]?.name : HASH).toBe(name);
  });

  test('is written for programs that know only the web', () => {
    const pieces = toPieces(4, [SUM, SUM], 7);
    const web = ['http://a.example/f?x=1&y=2'] as WebUrl[];
    const { xml } = encodeMetalink([
      { hash: HASH, size: 7, name: 'f', sources: [source], web, check: { sha256: SUM, ...(pieces ? { pieces } : {}) } },
    ]);
    expect(xml).toContain(`    <hash type="tree:sha256">${HASH}</hash>
    <hash type="sha-256">${SUM}</hash>
    <pieces type="sha-256" length="4">
      <hash>${SUM}</hash>
      <hash>${SUM}</hash>
    </pieces>
    <url>http://a.example/f?x=1&amp;y=2</url>
    <url>shoal://${NODE}@203.0.113.5:1214</url>`);
  });
});

test('of the web seeds of a list that has too many, each file keeps its best ones', () => {
  const seeds = (host: string, count: number) =>
    Array.from({ length: count }, (_, at) => `<url priority="${at + 1}">http://${host}/${at}</url>`).join('');
  const many = METALINK_SEEDS / 40;
  const files = Array.from({ length: many }, (_, at) => `<file name="${at}">${OURS}${seeds('a.b', 50)}</file>`);
  const decoded = inList(`<file name="few">${OURS}${seeds('c.d', 3)}</file>${files.join('')}`);
  const webOf = (name: string) => (decoded.ok ? decoded.files.find((file) => file.name === name)?.web : undefined);
  expect(webOf('few')).toHaveLength(3);
  // One less than 40, for the three of the first file.
  for (const name of ['0', `${many - 1}`]) {
    expect(webOf(name)).toHaveLength(39);
    expect(webOf(name)?.[0]).toBe('http://a.b/0');
    expect(webOf(name)?.at(-1)).toBe('http://a.b/38');
  }
});
