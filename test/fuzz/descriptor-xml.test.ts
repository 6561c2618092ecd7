import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Descriptor, FILE_TYPES } from '../../src-main/contract/descriptor.ts';
import { type ContentHash, parseContentHash } from '../../src-main/contract/ids.ts';
import { toCarriableDescriptor } from '../../src-main/engine/wire/descriptor-xml.ts';
import { decodeFilesBatch, encodeFilesBatch, encodeFilesBatches } from '../../src-main/engine/wire/files-batch.ts';
import {
  FILES_BATCH_ENTRIES,
  FILES_BATCH_PACKED_BYTES,
  FILES_BATCH_UNPACKED_BYTES,
} from '../../src-main/engine/wire/limits.ts';
import { decodeSharesPage, encodeSharesPage } from '../../src-main/engine/wire/shares-page.ts';

const hash: fc.Arbitrary<ContentHash> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => parseContentHash(Buffer.from(bytes).toString('hex')) as ContentHash);
const size = fc.integer({ min: 1, max: 2 ** 53 - 1 });
/** Any UTF-16 units: control characters, quotes, markup, lone surrogates. */
const anyText = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: Math.floor(maxLength / 2) }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength })
      .map((units) => String.fromCharCode(...units)),
    fc.constantFrom('<!DOCTYPE x>', ']]>', '&lt;', '"/><remove/>', "a'b\tc\nd\r\ne", '\ud800', '\u0000', ' padded '),
  );
const number = (max: number) => fc.integer({ min: 0, max });
const extracted = fc.record(
  {
    title: anyText(200),
    artist: anyText(200),
    album: anyText(200),
    track: number(9999),
    genre: anyText(200),
    year: number(9999),
    durationSeconds: fc.double({ min: 0, max: 1e7, noNaN: true }),
    bitrateKbps: fc.double({ min: 0, max: 1e7, noNaN: true }),
    width: number(1e6),
    height: number(1e6),
    pages: number(1e6),
    language: anyText(200),
    codec: anyText(200),
  },
  { requiredKeys: [] },
);
/** A name has no slash and no NUL, and is no dot segment; it keeps its length. */
const toSegment = (text: string) => text.replace(/^\.{1,2}$/, (dots) => '-'.repeat(dots.length)).replace(/[/\0]/g, '-');
const descriptor: fc.Arbitrary<Descriptor> = fc
  .record(
    {
      hash,
      size,
      name: anyText(255).map(toSegment),
      type: fc.constantFrom(...FILE_TYPES),
      modifiedMs: fc.double({ min: 0, max: 8e15, noNaN: true }),
      extracted,
    },
    { requiredKeys: ['hash', 'size', 'name', 'type', 'extracted'] },
  )
  .map((record) => record as Descriptor);
const removed = fc.record({ hash, size });

describe('descriptors as XML', () => {
  test('an upload batch arrives as it was sent, but for what XML cannot carry', () => {
    fc.assert(
      fc.property(fc.array(descriptor, { maxLength: 20 }), fc.array(removed, { maxLength: 20 }), (added, gone) => {
        const read = decodeFilesBatch(encodeFilesBatch({ added, removed: gone }));
        expect(read).toEqual({ ok: true, batch: { added: added.map(toCarriableDescriptor), removed: gone } });
      }),
    );
  });

  test('what was made carriable once stays as it is', () => {
    fc.assert(
      fc.property(descriptor, (given) => {
        const carriable = toCarriableDescriptor(given);
        expect(toCarriableDescriptor(carriable)).toEqual(carriable);
        expect(carriable.name.length).toBe(given.name.length);
      }),
    );
  });

  test('a page of shares arrives as it was sent', () => {
    fc.assert(
      fc.property(fc.array(descriptor, { maxLength: 20 }), fc.option(hash), (files, next) => {
        const page = { files: files.map(toCarriableDescriptor), next };
        expect(decodeSharesPage(encodeSharesPage(page))).toEqual({ ok: true, page });
      }),
    );
  });

  test('any number of changes is split into documents that keep the limits and lose nothing', () => {
    const heavy = 'ᚠ"'.repeat(100);
    const many = fc.array(descriptor, { minLength: 1200, maxLength: 1500, size: 'max' });
    fc.assert(
      fc.property(many, fc.boolean(), (files, isHeavy) => {
        const added = files
          .map(toCarriableDescriptor)
          .map((file) =>
            isHeavy ? { ...file, extracted: { title: heavy, artist: heavy, album: heavy, genre: heavy } } : file,
          );
        const gone = added.map((file) => ({ hash: file.hash, size: file.size }));
        const documents = [...encodeFilesBatches({ added, removed: gone })];
        const read = documents.map((document) => {
          expect(Buffer.byteLength(document)).toBeLessThanOrEqual(
            Math.min(FILES_BATCH_PACKED_BYTES, FILES_BATCH_UNPACKED_BYTES),
          );
          const { batch } = decodeFilesBatch(document) as Extract<ReturnType<typeof decodeFilesBatch>, { ok: true }>;
          expect(batch.added.length + batch.removed.length).toBeLessThanOrEqual(FILES_BATCH_ENTRIES);
          return batch;
        });
        expect(read.flatMap((batch) => batch.removed)).toEqual(gone);
        expect(read.flatMap((batch) => batch.added)).toEqual(added);
      }),
      { numRuns: 5 },
    );
  });

  test('no text makes the readers throw', () => {
    const pieces = fc.constantFrom(
      ...['<files>', '</files>', '<files', '<file ', '<remove ', '/>', '>', '<', '"', "'", '=', 'hash', '&#x0;', '&a;'],
      ...['<shares', 'next="', '<?xml version="1.0"?>', '<!--', '-->', '<![CDATA[', ' ', '\0', '__proto__', '\ud800'],
      ...['constructor="1"', 'size="1e9"', 'name=""', `hash="${'a'.repeat(64)}"`],
    );
    const garbage = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(garbage, (text) => {
        for (const document of [text, `<files>${text}</files>`, `<shares>${text}</shares>`]) {
          expect(typeof decodeFilesBatch(document).ok).toBe('boolean');
          expect(typeof decodeSharesPage(document).ok).toBe('boolean');
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a document with one character changed is refused or holds only valid entries', () => {
    const change = fc.tuple(descriptor, fc.nat(), fc.string({ minLength: 0, maxLength: 2 }));
    fc.assert(
      fc.property(change, ([file, place, put]) => {
        const document = encodeFilesBatch({ added: [file], removed: [] });
        const at = place % document.length;
        const read = decodeFilesBatch(document.slice(0, at) + put + document.slice(at + 1));
        if (read.ok) for (const { hash: found } of read.batch.added) expect(parseContentHash(found)).toBe(found);
        else expect(read.why).toMatch(/./);
      }),
      { numRuns: 1000 },
    );
  });
});
