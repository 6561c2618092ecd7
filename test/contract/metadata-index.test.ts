import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { BatchResult } from '../../src-main/engine/ports/index.ts';
import { HoldingDigest } from '../../src-main/engine/wire/holding-digest.ts';
import { nodeSha256 } from '../../src-main/platform/node-sha256.ts';
import { WorkerMetadataIndex } from '../../src-main/platform/worker-metadata-index.ts';
import { file, hash, pack, packText } from '../support/index-batches.ts';
import { ANN, BEN, CYD, IndexUnderTest, WIDE } from '../support/index-under-test.ts';

const world = new IndexUnderTest();
const EMPTY = { files: 0, digest: '0'.repeat(32) };
const digestOf = (files: readonly Descriptor[]) => {
  const digest = new HoldingDigest(nodeSha256);
  for (const each of files) digest.add(each);
  return digest.value();
};
const refusal = (result: BatchResult) => (result.ok ? 'accepted' : result.reason);

describe.each(world.adapters)('%s', (_, make) => {
  beforeAll(() => {
    world.now = make();
  });
  afterAll(() => world.now.close());

  describe('holds what children send', () => {
    const one = file(1, 'Blue Train.mp3');
    const two = file(2, 'Night Bus.pdf', { type: 'document' });

    test('a batch adds files and tells count and digest', async () => {
      const result = await world.now.apply(ANN, pack([one, two]), WIDE);
      const holding = { files: 2, digest: digestOf([one, two]) };
      expect(result).toEqual({ ok: true, holding });
      expect(await world.now.holding(ANN)).toEqual(holding);
      expect(await world.now.holding(BEN)).toEqual(EMPTY);
      expect(await world.now.counts()).toMatchObject({ children: 1, rows: 2, contents: 2 });
    });

    test('a batch removes files, and those that were never there without complaint', async () => {
      await world.put(ANN, [one, two]);
      const result = await world.now.apply(ANN, pack([], [one, file(9, 'x')]), WIDE);
      expect(result).toEqual({ ok: true, holding: { files: 1, digest: digestOf([two]) } });
      expect(await world.names('train')).toEqual([]);
      expect(await world.names('night')).toEqual(['Night Bus.pdf']);
      await world.now.apply(ANN, pack([], [two]), WIDE);
      expect(await world.now.holding(ANN)).toEqual(EMPTY);
    });

    test('a file sent again replaces its old name', async () => {
      await world.put(ANN, [one]);
      const renamed = { ...one, name: 'Red Train.mp3' };
      await world.put(ANN, [renamed]);
      expect(await world.now.holding(ANN)).toEqual({ files: 1, digest: digestOf([renamed]) });
      expect(await world.names('blue')).toEqual([]);
      expect(await world.names('red')).toEqual(['Red Train.mp3']);
    });

    test('within one batch removal comes first and the last of two equal files counts', async () => {
      await world.put(ANN, [one]);
      const renamed = { ...one, name: 'Green Train.mp3' };
      await world.now.apply(ANN, pack([{ ...one, name: 'Grey Train.mp3' }, renamed], [one]), WIDE);
      expect(await world.now.holding(ANN)).toEqual({ files: 1, digest: digestOf([renamed]) });
      expect(await world.names('train')).toEqual(['Green Train.mp3']);
    });

    test('the same hash with another size is another file', async () => {
      const longer = { ...one, size: one.size + 1, name: 'Long Train.mp3' };
      await world.put(ANN, [one, longer]);
      expect(await world.names('train')).toEqual(['Blue Train.mp3', 'Long Train.mp3']);
      await world.now.apply(ANN, pack([], [one]), WIDE);
      expect(await world.names('train')).toEqual(['Long Train.mp3']);
    });

    test('an empty batch changes nothing', async () => {
      await world.put(ANN, [one]);
      await world.put(ANN, []);
      expect(await world.now.counts()).toMatchObject({ children: 1, rows: 1, contents: 1 });
    });

    test("one child's removal leaves another child's same file", async () => {
      await world.put(ANN, [one]);
      await world.put(BEN, [one]);
      await world.now.apply(ANN, pack([], [one]), WIDE);
      expect((await world.search('train')).hits.map(({ holders }) => holders)).toEqual([[BEN]]);
    });

    test('drop takes out all rows of a child, and it may come again', async () => {
      await world.put(ANN, [one, two]);
      await world.put(BEN, [one]);
      await world.now.drop(ANN);
      await world.now.drop(CYD);
      expect(await world.now.holding(ANN)).toEqual(EMPTY);
      expect(await world.now.counts()).toMatchObject({ children: 1, rows: 1, contents: 1 });
      expect(await world.names('night')).toEqual([]);
      expect((await world.now.lookup(one.hash, 10)).hits[0]?.holders).toEqual([BEN]);
      await world.put(ANN, [two]);
      expect(await world.names('night')).toEqual(['Night Bus.pdf']);
    });

    test('clear takes out everything, and what comes after it stays', async () => {
      await world.put(ANN, [one]);
      const calls = [
        world.now.apply(BEN, pack([one]), WIDE),
        world.now.clear(),
        world.now.apply(CYD, pack([two]), WIDE),
      ];
      expect(await Promise.all(calls)).toMatchObject([{ ok: true }, undefined, { ok: true }]);
      expect(await world.now.counts()).toMatchObject({ children: 1, rows: 1, contents: 1 });
      expect(await world.now.holding(ANN)).toEqual(EMPTY);
      expect(await world.names('train')).toEqual([]);
      expect(await world.names('night')).toEqual(['Night Bus.pdf']);
    });

    test('an index that was cleared is cleared and closed again', async () => {
      await world.put(ANN, [one]);
      await world.now.clear();
      await world.now.clear();
      await world.now.drop(ANN);
      expect(await world.now.counts()).toMatchObject({ children: 0, rows: 0, contents: 0 });
    });

    test('rows of an absent child are no hits until it is back', async () => {
      await world.put(ANN, [one]);
      await world.now.setPresent(ANN, false);
      expect(await world.names('train')).toEqual([]);
      expect((await world.now.lookup(one.hash, 10)).hits).toEqual([]);
      expect((await world.now.holding(ANN)).files).toBe(1);
      await world.now.setPresent(ANN, true);
      expect(await world.names('train')).toEqual(['Blue Train.mp3']);
    });

    test('calls in a row take effect in order', async () => {
      const calls = [
        world.now.apply(ANN, pack([one]), WIDE),
        world.now.drop(ANN),
        world.now.apply(ANN, pack([two]), WIDE),
        world.now.holding(ANN),
      ];
      expect((await Promise.all(calls)).at(-1)).toEqual({ files: 1, digest: digestOf([two]) });
      expect(await world.names('train')).toEqual([]);
    });

    test('keeps 2000 files in four batches, and finds each of them', async () => {
      const files = Array.from({ length: 2000 }, (_, n) => file(n, `Track number${n} common.mp3`));
      for (let from = 0; from < 2000; from += 500) await world.put(ANN, files.slice(from, from + 500));
      expect(await world.now.holding(ANN)).toEqual({ files: 2000, digest: digestOf(files) });
      for (const n of [0, 499, 500, 1234, 1999]) {
        expect(await world.names(`"number${n}"`)).toEqual([`Track number${n} common.mp3`]);
      }
      await world.now.drop(ANN);
      expect(await world.names('common')).toEqual([]);
    });
  });

  describe('refuses', () => {
    const files = Array.from({ length: 10 }, (_, n) => file(n, `name${n}`));

    test('more files than a child may have, applying nothing', async () => {
      await world.put(ANN, files.slice(0, 4));
      const result = await world.now.apply(ANN, pack(files.slice(4), [files[0] ?? file(0, '')]), { ...WIDE, files: 8 });
      expect(refusal(result)).toBe('limit');
      expect(await world.now.holding(ANN)).toEqual({ files: 4, digest: digestOf(files.slice(0, 4)) });
      expect(await world.names('name9')).toEqual([]);
      expect(await world.names('name0')).toEqual(['name0']);
    });

    test('not a replacement at the cap', async () => {
      await world.put(ANN, files);
      const renamed = { ...file(3, 'other') };
      expect(refusal(await world.now.apply(ANN, pack([renamed]), { ...WIDE, files: 10 }))).toBe('accepted');
    });

    test('more bytes of descriptors than a child may have', async () => {
      expect(refusal(await world.now.apply(ANN, pack(files), { ...WIDE, bytes: 50 }))).toBe('limit');
      expect(await world.now.holding(ANN)).toEqual(EMPTY);
      expect(await world.now.counts()).toMatchObject({ children: 0, rows: 0, contents: 0 });
    });

    test('words that folding makes long weigh what they take', async () => {
      // One sign that stands for eighteen letters.
      const long = file(1, '\uFDFA'.repeat(200));
      expect(refusal(await world.now.apply(ANN, pack([long]), { ...WIDE, bytes: 2000 }))).toBe('limit');
      expect(refusal(await world.now.apply(ANN, pack([long]), { ...WIDE, bytes: 10_000 }))).toBe('accepted');
    });

    const nearly = (n: number) =>
      file(n, 'near', { hash: `abcdefabcdef${n.toString(16).padStart(52, '0')}` as ContentHash });
    const sizes = (n: number) => file(n, 'near', { hash: hash(0) });
    test.each([
      ['hashes that nearly are one', nearly],
      ['sizes of one hash', sizes],
    ])('many %s: each is looked up among all of them', async (_, at) => {
      await world.put(ANN, [at(0), at(1), at(2)]);
      await world.put(ANN, [at(0), at(3)]);
      expect(refusal(await world.now.apply(ANN, pack([at(4)]), WIDE))).toBe('limit');
      expect(refusal(await world.now.apply(BEN, pack([0, 1, 2, 3, 4].map(at)), WIDE))).toBe('limit');
      expect(refusal(await world.now.apply(ANN, pack([at(4)], [at(0)]), WIDE))).toBe('accepted');
      expect(await world.now.counts()).toMatchObject({ rows: 4 });
      await world.now.drop(ANN);
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
      expect(refusal(await world.now.apply(ANN, bytes(), WIDE))).toBe('malformed');
      expect(await world.now.counts()).toMatchObject({ children: 0, rows: 0, contents: 0 });
      await world.put(ANN, files);
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
      await expect(world.search(text)).rejects.toMatchObject({ code: 'search.query-invalid' });
    });
  });
});

describe('WorkerMetadataIndex alone', () => {
  test('begins anew over whatever lies in its place, and leaves nothing behind', async () => {
    writeFileSync(join(world.folder, 'index.db'), 'not a database');
    world.now = new WorkerMetadataIndex({ folder: world.folder });
    await world.put(ANN, [file(1, 'blue train')]);
    expect(await world.names('train')).toEqual(['blue train']);
    await world.now.close();
    await world.now.close();
    expect(readdirSync(world.folder)).toEqual([]);
  });

  test('a query is answered while a batch is being applied', async () => {
    world.now = new WorkerMetadataIndex({ folder: world.folder });
    await world.put(ANN, [file(1, 'blue train')]);
    const order: string[] = [];
    const files = Array.from({ length: 500 }, (_, n) => file(n, `some longer name number ${n} of many.mp3`));
    const applied = world.now.apply(BEN, pack(files), WIDE).then(() => order.push('batch'));
    await world.now.search('train', { limit: 10, start: 0 }).then(() => order.push('query'));
    await applied;
    await world.now.close();
    expect(order).toEqual(['query', 'batch']);
  });
});

function packedXml(files: readonly Descriptor[], more: string): string {
  const entries = files.map(
    ({ hash, size, name, type }) => `<file hash="${hash}" size="${size}" name="${name}" type="${type}"/>`,
  );
  return `<files>${entries.join('')}${more}</files>`;
}
