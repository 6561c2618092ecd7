import { describe, expect, test } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { decodeFilesBatch, encodeFilesBatch } from '../../src-main/engine/wire/files-batch.ts';
import { decodeSharesPage, encodeSharesPage } from '../../src-main/engine/wire/shares-page.ts';

const hash = 'ab'.repeat(32) as ContentHash;
const file = `<file hash="${hash}" size="7" name="a &amp; b.mp3" type="audio"/>`;
const why = (document: string) => {
  const read = decodeFilesBatch(document);
  return read.ok ? 'accepted' : read.why;
};

describe('an upload batch', () => {
  test('is this XML', () => {
    const added = [
      {
        hash,
        size: 7,
        name: 'a & "b".mp3',
        type: 'audio',
        modifiedMs: 1_700_000_000_000,
        extracted: { title: 'T\n', durationSeconds: 1.5 },
      },
    ] as const;
    expect(encodeFilesBatch({ added, removed: [{ hash, size: 9 }] })).toBe(
      `<files><remove hash="${hash}" size="9"/><file hash="${hash}" size="7" name="a &amp; &quot;b&quot;.mp3" type="audio"` +
        ' modified="1700000000000" title="T&#10;" duration="1.5"/></files>',
    );
  });

  test('may have a declaration, white space, other quotes and unknown attributes', () => {
    const document = `<?xml version="1.0" encoding="UTF-8"?>\n<files>\n  ${file.replace('<file', "<file later='x'")}\n</files>\n`;
    expect(decodeFilesBatch(document)).toEqual({
      ok: true,
      batch: { added: [{ hash, size: 7, name: 'a & b.mp3', type: 'audio', extracted: {} }], removed: [] },
    });
    expect(decodeFilesBatch('<files/>')).toEqual({ ok: true, batch: { added: [], removed: [] } });
  });

  test('has numbers with three decimals at most, however they were written, so that others pass on what they read', () => {
    const read = decodeFilesBatch(`<files>${file.replace('/>', ' duration="61.65536" bitrate="128.0004"/>')}</files>`);
    expect(read.ok && read.batch.added[0]?.extracted).toEqual({ durationSeconds: 61.655, bitrateKbps: 128 });
    const whole = decodeFilesBatch(`<files>${file.replace('/>', ' track="3.0001"/>')}</files>`);
    expect(whole.ok).toBe(false);
  });

  test.each([
    ['a document type', `<!DOCTYPE files [<!ENTITY a "x">]><files>${file}</files>`, /declarations/],
    ['an entity of its own', '<files><file name="&a;"/></files>', /limits/],
    ['a comment', `<files><!-- -->${file}</files>`, /comments/],
    ['CDATA', `<files><![CDATA[x]]></files>`, /CDATA/],
    ['a processing instruction', `<files><?php x?>${file}</files>`, /processing/],
    ['a second declaration', `<files/><?xml version="1.0"?><files/>`, /processing/],
    ['a control character', `<files>\u0001</files>`, /characters/],
    ['a reference to a control character', `<files>${file.replace('a &amp;', '&#1;')}</files>`, /limits/],
    ['a reference to a surrogate', `<files>${file.replace('a &amp;', '&#xd800;')}</files>`, /limits/],
    ['a reference past Unicode', `<files>${file.replace('a &amp;', '&#x110000;')}</files>`, /limits/],
    ['another root', `<shares>${file}</shares>`, /<files>/],
    ['a second root', `<files></files><files></files>`, /one root/],
    ['an element deeper than a file', `<files><file><file/></file></files>`, /limits|belong/],
    ['an unknown element', `<files><add/></files>`, /belong/],
    ['text between elements', `<files>x${file}</files>`, /text/],
    ['a cut document', `<files>${file}`.slice(0, -20), /cut|well-formed/],
    ['a size in another notation', `<files>${file.replace('"7"', '"0x7"')}</files>`, /limits/],
    ['a negative size', `<files>${file.replace('"7"', '"-7"')}</files>`, /limits/],
    ['no name', `<files>${file.replace('name', 'title')}</files>`, /limits/],
    ['an unknown type', `<files>${file.replace('audio', 'virus')}</files>`, /limits/],
    [
      'an element longer than any',
      `<files>${file.replace('type', `${'x'.repeat(16 * 1024)}="" type`)}</files>`,
      /longer than any/,
    ],
    ['a name that leads elsewhere', `<files>${file.replace('a &amp; b', '../b')}</files>`, /limits/],
    ['a name that is the folder above', `<files>${file.replace('a &amp; b.mp3', '..')}</files>`, /limits/],
    ['a name longer than any', `<files>${file.replace('a &amp;', 'x'.repeat(256))}</files>`, /limits/],
    ['501 entries', `<files>${file.repeat(501)}</files>`, /500/],
    ['more than 4 MiB', `<files>${' '.repeat(4 * 2 ** 20)}</files>`, /longer/],
  ])('with %s is refused', (_, document, expected) => {
    expect(why(document)).toMatch(expected);
  });

  test('of 500 entries is read', () => {
    expect(why(`<files>${file.repeat(500)}</files>`)).toBe('accepted');
  });

  test('that nests without end is refused at once', () => {
    expect(why(`<files>${'<file>'.repeat(100_000)}</files>`)).toMatch(/belong|limits/);
  });
});

describe('a page of shares', () => {
  test('carries where the next one begins', () => {
    const page = { files: [], next: hash };
    expect(encodeSharesPage(page)).toBe(`<shares next="${hash}"></shares>`);
    expect(decodeSharesPage(encodeSharesPage(page))).toEqual({ ok: true, page });
    expect(decodeSharesPage('<shares></shares>')).toEqual({ ok: true, page: { files: [], next: null } });
  });

  test('with a bad next or an element of a batch is refused', () => {
    expect(decodeSharesPage('<shares next="../etc"></shares>').ok).toBe(false);
    expect(decodeSharesPage(`<shares><remove hash="${hash}" size="1"/></shares>`).ok).toBe(false);
  });
});
