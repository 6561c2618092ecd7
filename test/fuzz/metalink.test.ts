import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NAME_SHAPE } from '../../src-main/contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { isWebUrl } from '../../src-main/contract/web-url.ts';
import { type FileCheck, pieceHashes, toPieces } from '../../src-main/engine/content/file-check.ts';
import { METALINK_BYTES } from '../../src-main/engine/wire/limits.ts';
import { decodeMetalink, encodeMetalink, type MetalinkFile } from '../../src-main/engine/wire/metalink.ts';
import { toCarriable } from '../../src-main/engine/wire/xml.ts';
import { webUrl } from '../support/web-urls.ts';

const hex64 = fc.stringMatching(/^[0-9a-f]{64}$/);
/** Any UTF-16 units: control characters, quotes, markup, lone surrogates. */
const anyText = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: Math.floor(maxLength / 2) }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength })
      .map((units) => String.fromCharCode(...units)),
    fc.constantFrom(
      '<!DOCTYPE x>',
      ']]>',
      '<![CDATA[',
      '&lt;',
      '"/><file/>',
      "a'b\tc\nd\r\ne",
      ' padded ',
      '__proto__',
    ),
  );
const name = anyText(255).map((text) => text.replace(/[/\0]/g, '-').replace(/^\.{1,2}$/, '-'));
const source = fc.record({
  address: fc.record({
    host: fc.constantFrom('127.0.0.1', '::1', 'peer.example'),
    port: fc.integer({ min: 1, max: 65_535 }),
  }),
  nodeId: hex64.map((text) => text as NodeId),
});
const named: fc.Arbitrary<MetalinkFile> = fc.record(
  {
    hash: hex64.map((text) => text as ContentHash),
    size: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
    name,
    identity: anyText(100),
    sources: fc.array(source, { maxLength: 4 }),
    web: fc.uniqueArray(webUrl, { maxLength: 4 }),
  },
  { requiredKeys: ['hash', 'name', 'sources', 'web'] },
);
/** With hashes of pieces, without a ContentHash. */
const checked: fc.Arbitrary<MetalinkFile> = fc
  .record({
    bytes: fc.integer({ min: 1, max: 2 ** 30 }),
    hashes: fc.array(hex64, { minLength: 1, maxLength: 5 }),
    short: fc.nat({ max: 1000 }),
    sha256: fc.option(hex64, { nil: undefined }),
    web: fc.uniqueArray(webUrl, { minLength: 1, maxLength: 3 }),
    name,
  })
  .map(({ bytes, hashes, short, sha256, web, name: given }) => {
    const size = bytes * hashes.length - Math.min(short, bytes - 1);
    const pieces = toPieces(bytes, hashes, size);
    const check: FileCheck = { ...(sha256 === undefined ? {} : { sha256 }), ...(pieces ? { pieces } : {}) };
    return { size, name: given, sources: [], web, check };
  });
const file = fc.oneof(named, checked);

/** As XML carries it; what is blank before that, of characters that XML does not know too, says nothing. */
function carried({ name: given, identity, ...rest }: MetalinkFile): MetalinkFile {
  const text = identity?.trim() ? toCarriable(identity).trim() : '';
  return { ...rest, name: toCarriable(given), ...(text === '' ? {} : { identity: text }) };
}

test('a list comes back from its text, names of one spelling too', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          file,
          file.map((one) => ({ ...one, name: 'Same.mp3' })),
        ),
        { maxLength: 8 },
      ),
      (files) => {
        const { xml, files: count } = encodeMetalink(files);
        expect(count).toBe(files.length);
        expect(decodeMetalink(xml)).toEqual({ ok: true, files: files.map(carried), skipped: 0 });
      },
    ),
    // Found by chance.
    { examples: [[[{ hash: 'a'.repeat(64) as ContentHash, name: 'x', identity: '\u000b', sources: [], web: [] }]]] },
  );
});

const HEAD = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">';
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '<file name="a">',
      '</file>',
      '<hash type="tree:sha256">',
      '</hash>',
      'a'.repeat(64),
      '<url>',
      '</url>',
      '<size>',
      '<hash type="sha-256">',
      '<pieces type="sha-256" length="1">',
      '</pieces>',
      'http://a.example/b',
      'https://u:p@a.example/',
    ],
    ...[
      '</size>',
      '12',
      'shoal://',
      '&amp;',
      '&x;',
      '&#0;',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?pi?>',
      '<!DOCTYPE a>',
    ],
    ...[
      '<__proto__>',
      '</__proto__>',
      '<constructor/>',
      '</metalink>',
      ':@=""',
      '<#text>',
      '<x:file xmlns:x="y"/>',
      '=',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const document = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 40 }).map((pieces) => `${HEAD}${pieces.join('')}</metalink>`),
);

test('text of strangers never throws, and yields files that keep their limits, or a reason', () => {
  fc.assert(
    fc.property(document, (text) => {
      const decoded = decodeMetalink(text);
      expect(decoded.ok || decoded.why !== '').toBe(true);
      for (const { hash, size, name: given, sources, web, check } of decoded.ok ? decoded.files : []) {
        expect(hash ?? 'a'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
        expect(hash !== undefined || (check !== undefined && web.length > 0)).toBe(true);
        expect(web.every(isWebUrl) && web.length <= 100).toBe(true);
        if (check?.pieces) expect(pieceHashes(check.pieces)).toHaveLength(Math.ceil((size ?? 0) / check.pieces.bytes));
        expect(given).toMatch(NAME_SHAPE);
        expect(given.length).toBeLessThanOrEqual(255);
        expect(Number.isSafeInteger(size ?? 1)).toBe(true);
        for (const { nodeId } of sources) expect(nodeId).toMatch(/^[0-9a-f]{64}$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a true list with one piece of it changed never throws', () => {
  const changed = fc.tuple(fc.array(file, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat({ max: 30 }), piece);
  fc.assert(
    fc.property(changed, ([files, at, length, put]) => {
      const { xml } = encodeMetalink(files);
      const from = at % xml.length;
      expect(decodeMetalink(xml.slice(0, from) + put + xml.slice(from + length))).toHaveProperty('ok');
    }),
    { numRuns: 1000 },
  );
});

test('a list that is written keeps the limits of one that is read', () => {
  const wide = { hash: 'a'.repeat(64) as ContentHash, size: 1, name: '\u4e00'.repeat(255), sources: [], web: [] };
  const { xml, files } = encodeMetalink(Array.from({ length: 10_000 }, () => wide));
  expect(files).toBeLessThan(10_000);
  expect(new TextEncoder().encode(xml).length).toBeLessThanOrEqual(METALINK_BYTES);
  const decoded = decodeMetalink(xml);
  expect(decoded.ok && decoded.files.length).toBe(files);
}, 60_000);
