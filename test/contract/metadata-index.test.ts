import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { BatchResult, MetadataIndex } from '../../src-main/engine/ports/index.ts';
import { HoldingDigest } from '../../src-main/engine/wire/holding-digest.ts';
import { nodeSha256 } from '../../src-main/platform/node-sha256.ts';
import { WorkerMetadataIndex } from '../../src-main/platform/worker-metadata-index.ts';
import { MemoryMetadataIndex } from '../../src-main/simulator/memory-metadata-index.ts';
import { file, hash, nameOf, node, pack, packText } from '../support/index-batches.ts';

let folder: string;
let index: MetadataIndex;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-index-'));
});
afterEach(async () => {
  for (const child of [ANN, BEN, CYD, ...OTHERS]) await index.drop(child);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'index.db');
const adapters: [string, () => MetadataIndex][] = [
  ['WorkerMetadataIndex', () => new WorkerMetadataIndex({ folder })],
  ['MemoryMetadataIndex', () => new MemoryMetadataIndex()],
];

const WIDE = { files: 20_000, bytes: 16 * 2 ** 20 };
const [ANN, BEN, CYD] = [node(1), node(2), node(3)];
const OTHERS = Array.from({ length: 60 }, (_, n) => node(100 + n));
const EMPTY = { files: 0, digest: '0'.repeat(32) };

const put = async (child: typeof ANN, files: readonly Descriptor[]) => {
  const result = await index.apply(child, pack(files), WIDE);
  expect(result).toMatchObject({ ok: true });
};
const search = (text: string, limit = 100, start = 0) => index.search(text, { limit, start });
const names = async (text: string) => (await search(text)).hits.map(nameOf).sort();
const digestOf = (files: readonly Descriptor[]) => {
  const digest = new HoldingDigest(nodeSha256);
  for (const each of files) digest.add(each);
  return digest.value();
};
const refusal = (result: BatchResult) => (result.ok ? 'accepted' : result.reason);

describe.each(adapters)('%s', (_, make) => {
  beforeAll(() => {
    index = make();
  });
  afterAll(() => index.close());

  describe('holds what children send', () => {
    const one = file(1, 'Blue Train.mp3');
    const two = file(2, 'Night Bus.pdf', { type: 'document' });

    test('a batch adds files and tells count and digest', async () => {
      const result = await index.apply(ANN, pack([one, two]), WIDE);
      const holding = { files: 2, digest: digestOf([one, two]) };
      expect(result).toEqual({ ok: true, holding });
      expect(await index.holding(ANN)).toEqual(holding);
      expect(await index.holding(BEN)).toEqual(EMPTY);
      expect(await index.counts()).toMatchObject({ children: 1, rows: 2, contents: 2 });
    });

    test('a batch removes files, and those that were never there without complaint', async () => {
      await put(ANN, [one, two]);
      const result = await index.apply(ANN, pack([], [one, file(9, 'x')]), WIDE);
      expect(result).toEqual({ ok: true, holding: { files: 1, digest: digestOf([two]) } });
      expect(await names('train')).toEqual([]);
      expect(await names('night')).toEqual(['Night Bus.pdf']);
      await index.apply(ANN, pack([], [two]), WIDE);
      expect(await index.holding(ANN)).toEqual(EMPTY);
    });

    test('a file sent again replaces its old name', async () => {
      await put(ANN, [one]);
      const renamed = { ...one, name: 'Red Train.mp3' };
      await put(ANN, [renamed]);
      expect(await index.holding(ANN)).toEqual({ files: 1, digest: digestOf([renamed]) });
      expect(await names('blue')).toEqual([]);
      expect(await names('red')).toEqual(['Red Train.mp3']);
    });

    test('within one batch removal comes first and the last of two equal files counts', async () => {
      await put(ANN, [one]);
      const renamed = { ...one, name: 'Green Train.mp3' };
      await index.apply(ANN, pack([{ ...one, name: 'Grey Train.mp3' }, renamed], [one]), WIDE);
      expect(await index.holding(ANN)).toEqual({ files: 1, digest: digestOf([renamed]) });
      expect(await names('train')).toEqual(['Green Train.mp3']);
    });

    test('the same hash with another size is another file', async () => {
      const longer = { ...one, size: one.size + 1, name: 'Long Train.mp3' };
      await put(ANN, [one, longer]);
      expect(await names('train')).toEqual(['Blue Train.mp3', 'Long Train.mp3']);
      await index.apply(ANN, pack([], [one]), WIDE);
      expect(await names('train')).toEqual(['Long Train.mp3']);
    });

    test('an empty batch changes nothing', async () => {
      await put(ANN, [one]);
      await put(ANN, []);
      expect(await index.counts()).toMatchObject({ children: 1, rows: 1, contents: 1 });
    });

    test("one child's removal leaves another child's same file", async () => {
      await put(ANN, [one]);
      await put(BEN, [one]);
      await index.apply(ANN, pack([], [one]), WIDE);
      expect((await search('train')).hits.map(({ holders }) => holders)).toEqual([[BEN]]);
    });

    test('drop takes out all rows of a child, and it may come again', async () => {
      await put(ANN, [one, two]);
      await put(BEN, [one]);
      await index.drop(ANN);
      await index.drop(CYD);
      expect(await index.holding(ANN)).toEqual(EMPTY);
      expect(await index.counts()).toMatchObject({ children: 1, rows: 1, contents: 1 });
      expect(await names('night')).toEqual([]);
      expect((await index.lookup(one.hash, 10)).hits[0]?.holders).toEqual([BEN]);
      await put(ANN, [two]);
      expect(await names('night')).toEqual(['Night Bus.pdf']);
    });

    test('clear takes out everything, and what comes after it stays', async () => {
      await put(ANN, [one]);
      const calls = [index.apply(BEN, pack([one]), WIDE), index.clear(), index.apply(CYD, pack([two]), WIDE)];
      expect(await Promise.all(calls)).toMatchObject([{ ok: true }, undefined, { ok: true }]);
      expect(await index.counts()).toMatchObject({ children: 1, rows: 1, contents: 1 });
      expect(await index.holding(ANN)).toEqual(EMPTY);
      expect(await names('train')).toEqual([]);
      expect(await names('night')).toEqual(['Night Bus.pdf']);
    });

    test('an index that was cleared is cleared and closed again', async () => {
      await put(ANN, [one]);
      await index.clear();
      await index.clear();
      await index.drop(ANN);
      expect(await index.counts()).toMatchObject({ children: 0, rows: 0, contents: 0 });
    });

    test('rows of an absent child are no hits until it is back', async () => {
      await put(ANN, [one]);
      await index.setPresent(ANN, false);
      expect(await names('train')).toEqual([]);
      expect((await index.lookup(one.hash, 10)).hits).toEqual([]);
      expect((await index.holding(ANN)).files).toBe(1);
      await index.setPresent(ANN, true);
      expect(await names('train')).toEqual(['Blue Train.mp3']);
    });

    test('calls in a row take effect in order', async () => {
      const calls = [
        index.apply(ANN, pack([one]), WIDE),
        index.drop(ANN),
        index.apply(ANN, pack([two]), WIDE),
        index.holding(ANN),
      ];
      expect((await Promise.all(calls)).at(-1)).toEqual({ files: 1, digest: digestOf([two]) });
      expect(await names('train')).toEqual([]);
    });

    test('keeps 2000 files in four batches, and finds each of them', async () => {
      const files = Array.from({ length: 2000 }, (_, n) => file(n, `Track number${n} common.mp3`));
      for (let from = 0; from < 2000; from += 500) await put(ANN, files.slice(from, from + 500));
      expect(await index.holding(ANN)).toEqual({ files: 2000, digest: digestOf(files) });
      for (const n of [0, 499, 500, 1234, 1999]) {
        expect(await names(`"number${n}"`)).toEqual([`Track number${n} common.mp3`]);
      }
      await index.drop(ANN);
      expect(await names('common')).toEqual([]);
    });
  });

  describe('refuses', () => {
    const files = Array.from({ length: 10 }, (_, n) => file(n, `name${n}`));

    test('more files than a child may have, applying nothing', async () => {
      await put(ANN, files.slice(0, 4));
      const result = await index.apply(ANN, pack(files.slice(4), [files[0] ?? file(0, '')]), { ...WIDE, files: 8 });
      expect(refusal(result)).toBe('limit');
      expect(await index.holding(ANN)).toEqual({ files: 4, digest: digestOf(files.slice(0, 4)) });
      expect(await names('name9')).toEqual([]);
      expect(await names('name0')).toEqual(['name0']);
    });

    test('not a replacement at the cap', async () => {
      await put(ANN, files);
      const renamed = { ...file(3, 'other') };
      expect(refusal(await index.apply(ANN, pack([renamed]), { ...WIDE, files: 10 }))).toBe('accepted');
    });

    test('more bytes of descriptors than a child may have', async () => {
      expect(refusal(await index.apply(ANN, pack(files), { ...WIDE, bytes: 50 }))).toBe('limit');
      expect(await index.holding(ANN)).toEqual(EMPTY);
      expect(await index.counts()).toMatchObject({ children: 0, rows: 0, contents: 0 });
    });

    test.each<[string, () => Uint8Array]>([
      ['no gzip', () => new TextEncoder().encode('<files></files>')],
      ['nothing', () => new Uint8Array()],
      ['cut gzip', () => pack(files).slice(0, -20)],
      ['no XML', () => packText('hello')],
      ['another document', () => packText('<shares></shares>')],
      ['text that is not UTF-8', () => new Uint8Array(gzipSync(Uint8Array.of(0x3c, 0xff, 0xfe)))],
      [
        'one bad entry among good ones',
        () => packText(packedXml(files, '<file hash="zz" size="1" name="x" type="audio"/>')),
      ],
      [
        'a nested entry',
        () => packText(`<files><file hash="${hash(1)}" size="1" name="x" type="audio"><remove/></file></files>`),
      ],
      ['an entity', () => packText('<!DOCTYPE f [<!ENTITY a "b">]><files></files>')],
      ['text between entries', () => packText('<files>hello</files>')],
      ['501 entries', () => pack(Array.from({ length: 501 }, (_, n) => file(n, 'x')))],
      ['5 MiB behind 5 KiB of gzip', () => packText(`<files>${' '.repeat(5 * 2 ** 20)}</files>`)],
      ['64 MiB behind 64 KiB of gzip', () => new Uint8Array(gzipSync(new Uint8Array(64 * 2 ** 20)))],
      ['more than 1 MiB packed', () => new Uint8Array(2 ** 20 + 1)],
    ])('%s as malformed, applying nothing', async (_, bytes) => {
      expect(refusal(await index.apply(ANN, bytes(), WIDE))).toBe('malformed');
      expect(await index.counts()).toMatchObject({ children: 0, rows: 0, contents: 0 });
      await put(ANN, files);
    });

    test.each([
      '',
      'a',
      '-love',
      'type:audio',
      'type:song love',
      'min:huge love',
      '"',
      'x '.repeat(11),
      'a'.repeat(201),
    ])('the query %j with a reason', async (text) => {
      await expect(search(text)).rejects.toMatchObject({ code: 'search.query-invalid' });
    });
  });

  describe('finds', () => {
    const library = [
      file(1, 'The Long Road Home.mp3', {
        size: 5e6,
        extracted: { artist: 'Ana Ríos', title: 'Road', year: 2003, durationSeconds: 200.5 },
      }),
      file(2, 'Long Way.flac', { size: 40e6, extracted: { artist: 'Die Straße', album: 'Home', year: 1999 } }),
      file(3, 'home road map.pdf', { size: 2e6, type: 'document', extracted: { pages: 12 } }),
      file(4, '東京都タワー live.mp4', { size: 700e6, type: 'video' }),
      file(5, 'Ana’s notes mp3', { size: 900, type: 'other', extracted: { title: 'about Ana Ríos' } }),
    ];
    beforeEach(() => put(ANN, library));

    test.each<[string, number[]]>([
      ['road', [1, 3]],
      ['long home', [1, 2]],
      ['ROAD MAP', [3]],
      ['ro', [1, 3]],
      ['lo ro', []],
      ['"ro" long', []],
      ['roa long', []],
      ['"road home"', [1]],
      ['"home road"', [3]],
      ['"long road home mp3"', [1]],
      ['home -map', [1, 2]],
      ['home -road', [2]],
      ['home -"road home"', [2, 3]],
      ['home -lo', [1, 2, 3]],
      ['strasse', [2]],
      ['STRASSE', [2]],
      ['rios', [1, 5]],
      ['Ríos', [1, 5]],
      ['artist:"ana rios" road', [1]],
      ['artist:rios ana', [1]],
      ['artist:ana notes', []],
      ['home type:document', [3]],
      ['home type:AUDIO', [1, 2]],
      ['home ext:pdf', [3]],
      ['home ext:.FLAC', [2]],
      ['ana ext:mp3', [1]],
      ['home min:3MB', [1, 2]],
      ['home max:3MB', [3]],
      ['home min:4.5MB max:10MB', [1]],
      ['home year:2003', [1]],
      ['home year:1990..2010', [1, 2]],
      ['home year:2000..', [1]],
      ['home year:..2000', [2]],
      ['東', [4]],
      ['京都', [4]],
      ['東京', [4]],
      ['東都', []],
      ['タワー', [4]],
      ['ー', [4]],
      ['東京都タワー', [4]],
      ['都タワ live', [4]],
      ['"タワー live"', [4]],
      ['"東京 live"', []],
      ['live -京都', []],
      ['ana’s', [5]],
      ['qqqq', []],
      ['home qqqq', []],
      ['home OR road NOT map', []],
      ["'); DROP TABLE file; --x", []],
    ])('%s', async (text, found) => {
      const answer = await search(text);
      expect(answer.hits.map(({ hash }) => hash).sort()).toEqual(found.map(hash).sort());
      expect(answer.more).toBe(false);
    });

    test('a hit tells what the descriptor told, and who has it', async () => {
      const [hit] = (await search('"long road"')).hits;
      const { hash, size, name, type, extracted } = library[0] ?? file(0, '');
      expect(hit).toMatchObject({ hash, size, holders: [ANN] });
      expect(JSON.parse(hit?.shown ?? '')).toEqual({ name, type, extracted });
    });

    test('equal contents are one hit with all holders, whatever names they gave it', async () => {
      await put(BEN, [{ ...file(1, 'Road.mp3'), size: 5e6 }]);
      await put(CYD, [{ ...file(1, 'nothing alike.mp3'), size: 5e6 }]);
      const { hits } = await search('"road" mp3');
      expect(hits).toHaveLength(1);
      expect(hits.map(nameOf)).toEqual(['Road.mp3']);
      expect([...(hits[0]?.holders ?? [])].sort()).toEqual([ANN, BEN, CYD]);
    });

    test('names before descriptors, whole words before beginnings, phrases and short names first', async () => {
      await put(BEN, [
        file(11, 'zebra finch.mp3'),
        file(12, 'the finch and another zebra of some kind.mp3'),
        file(13, 'zebras finches.mp3'),
        file(14, 'birds.mp3', { extracted: { title: 'zebra finch' } }),
        file(15, 'a very long list of all birds zebra finch.mp3'),
      ]);
      const { hits } = await search('zebra finch');
      expect(hits.map(({ hash }) => hash)).toEqual([11, 15, 12, 14].map(hash));
    });
  });

  describe('bounds an answer', () => {
    test('gives the best of the limit and says that there are more', async () => {
      const files = Array.from({ length: 30 }, (_, n) => file(n, `apple${n} pie and much more beside.mp3`));
      await put(ANN, [...files, file(99, 'pie.mp3')]);
      const few = await search('pie', 5);
      expect(few.hits).toHaveLength(5);
      expect(few.hits.map(nameOf)[0]).toBe('pie.mp3');
      expect(few.more).toBe(true);
      const all = await search('pie', 31);
      expect(all.hits).toHaveLength(31);
      expect(all.more).toBe(false);
    });

    test('looks at 500 matches, from another row for another start', async () => {
      for (let child = 0; child < 4; child++) {
        const files = Array.from({ length: 500 }, (_, n) => file(child * 500 + n, `common w${child * 500 + n}.mp3`));
        await put(node(100 + child), files);
      }
      const seen = new Set<string>();
      for (let start = 0; start < 1; start += 1 / 32) {
        const answer = await search('common', 1000, start);
        expect(answer.hits).toHaveLength(500);
        expect(answer.more).toBe(true);
        for (const hit of answer.hits) seen.add(hit.hash);
      }
      expect(seen.size).toBe(2000);
    });

    test('every start finds the same when there are few matches', async () => {
      for (let child = 0; child < 40; child++) {
        await put(node(100 + child), [file(child, `rare w${child}.mp3`), file(1000 + child, 'other.mp3')]);
      }
      for (let start = 0; start < 1; start += 0.0437) expect((await search('rare', 100, start)).hits).toHaveLength(40);
    });

    test('an absent child does not use up the matches that are looked at', async () => {
      await put(
        ANN,
        Array.from({ length: 500 }, (_, n) => file(n, `common w${n}.mp3`)),
      );
      await put(BEN, [file(900, 'common here.mp3')]);
      await index.setPresent(ANN, false);
      expect((await search('common')).hits.map(({ holders }) => holders)).toEqual([[BEN]]);
    });

    test('at most 50 holders of a hit; lookup gives others each time', async () => {
      const shared = file(7, 'popular.mp3');
      for (let child = 0; child < 60; child++) await put(node(100 + child), [shared]);
      expect((await search('popular')).hits[0]?.holders).toHaveLength(50);
      const seen = new Set<string>();
      for (let turn = 0; turn < 3; turn++) {
        const { hits, more } = await index.lookup(shared.hash, 20);
        expect(hits[0]?.holders).toHaveLength(20);
        expect(more).toBe(true);
        for (const holder of hits[0]?.holders ?? []) seen.add(holder);
      }
      expect(seen.size).toBe(60);
    });

    test('lookup of a hash tells each size apart, and nothing of an unknown hash', async () => {
      await put(ANN, [file(7, 'a.mp3'), { ...file(7, 'b.mp3'), size: 5 }]);
      const { hits, more } = await index.lookup(hash(7), 10);
      expect(hits.map((hit) => [hit.size, nameOf(hit)]).sort()).toEqual([
        [1007, 'a.mp3'],
        [5, 'b.mp3'],
      ]);
      expect(more).toBe(false);
      expect(await index.lookup(hash(8), 10)).toEqual({ hits: [], more: false });
    });
  });
});

describe('WorkerMetadataIndex alone', () => {
  test('begins anew over whatever lies in its place, and leaves nothing behind', async () => {
    writeFileSync(path(), 'not a database');
    index = new WorkerMetadataIndex({ folder });
    await put(ANN, [file(1, 'blue train')]);
    expect(await names('train')).toEqual(['blue train']);
    await index.close();
    await index.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a query is answered while a batch is being applied', async () => {
    index = new WorkerMetadataIndex({ folder });
    await put(ANN, [file(1, 'blue train')]);
    const order: string[] = [];
    const files = Array.from({ length: 500 }, (_, n) => file(n, `some longer name number ${n} of many.mp3`));
    const applied = index.apply(BEN, pack(files), WIDE).then(() => order.push('batch'));
    await index.search('train', { limit: 10, start: 0 }).then(() => order.push('query'));
    await applied;
    await index.close();
    expect(order).toEqual(['query', 'batch']);
  });
});

function packedXml(files: readonly Descriptor[], more: string): string {
  const entries = files.map(
    ({ hash, size, name, type }) => `<file hash="${hash}" size="${size}" name="${name}" type="${type}"/>`,
  );
  return `<files>${entries.join('')}${more}</files>`;
}
