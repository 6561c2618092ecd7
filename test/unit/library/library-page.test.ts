import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { QueryInput } from '../../../src-main/contract/api.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { MAX_LEFT_OUT_FILES, SHARED_FILE_ORDERS } from '../../../src-main/contract/shared-files.ts';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
});
afterEach(async () => {
  await world.stop();
});

type Query = QueryInput<'shares.files'>;
const namesOf = async (query: Query = {}) =>
  (await world.library.files({ limit: 100, ...query })).files.map(({ name }) => name);

/** All pages of a query, `limit` files each. */
async function paged(query: Query, limit: number): Promise<readonly string[]> {
  const names: string[] = [];
  let after: string | null | undefined;
  do {
    const page = await world.library.files({ ...query, ...(after ? { after } : {}), limit });
    names.push(...page.files.map(({ name }) => name));
    after = page.next;
  } while (after !== null);
  return names;
}

const asked = (hash: ContentHash, times: number) => world.store.notes.addAsked(new Map([[hash, times]]));

describe('files of the library', () => {
  beforeEach(async () => {
    world.files.putFile('/s/Zoë - Étude.mp3', '1');
    world.files.putFile('/s/apple pie.txt', '22');
    world.files.putFile('/s/deep/Banana.txt', '333');
    world.files.putFile('/s/青い月.txt', '4444');
    world.reader.tell('/s/Zoë - Étude.mp3', { type: 'audio', extracted: { artist: 'Frédéric Łoś', year: 1999 } });
    await world.share('/s');
  });

  test.each([
    ['etude', ['Zoë - Étude.mp3']],
    ['ZOE etu', ['Zoë - Étude.mp3']],
    ['los fred', ['Zoë - Étude.mp3']],
    ['1999 mp3', ['Zoë - Étude.mp3']],
    ['txt pie', ['apple pie.txt']],
    ['い月', ['青い月.txt']],
    ['pple', []],
    ['apple 1999', []],
    [`100% _'"`, []],
    ['', ['apple pie.txt', 'Banana.txt', 'Zoë - Étude.mp3', '青い月.txt']],
  ])('are found by the beginnings of words, folded: %s', async (words, names) => {
    expect(await namesOf({ words, order: 'name' })).toEqual(names);
  });

  test('come in the order that is asked', async () => {
    await asked(await world.hashOf('/s/apple pie.txt'), 2);
    await asked(await world.hashOf('/s/deep/Banana.txt'), 1);
    await asked(await world.hashOf('/s/deep/Banana.txt'), 2);
    expect(await namesOf({ order: 'name' })).toEqual(['apple pie.txt', 'Banana.txt', 'Zoë - Étude.mp3', '青い月.txt']);
    expect(await namesOf({ order: 'size' })).toEqual(['青い月.txt', 'Banana.txt', 'apple pie.txt', 'Zoë - Étude.mp3']);
    expect((await namesOf({ order: 'asked' })).slice(0, 2)).toEqual(['Banana.txt', 'apple pie.txt']);
    const hashes = (await world.library.files({ limit: 9 })).files.map(({ hash }) => hash);
    expect(hashes).toEqual(hashes.toSorted());
  });

  test('tell what was found in them, and how often they were asked for', async () => {
    await asked(await world.hashOf('/s/Zoë - Étude.mp3'), 7);
    const { files } = await world.library.files({ words: 'etude', limit: 1 });
    expect(files).toMatchObject([
      { extracted: { artist: 'Frédéric Łoś', year: 1999 }, asked: 7, edited: false, type: 'audio' },
    ]);
  });
});

test.each(SHARED_FILE_ORDERS)('pages in order of %s hold every file once, many of them equal', async (order) => {
  for (let i = 0; i < 40; i++) world.files.putFile(`/s/${i % 4}/same ${i % 3}.txt`, String(i % 7));
  for (let i = 0; i < 12; i++) world.files.putFile(`/s/x/${i} other.txt`, 'x'.repeat(i % 5 || 1));
  await world.share('/s');
  for (const { hash } of (await world.library.files({ limit: 3 })).files) await asked(hash, 2);
  const all = await namesOf({ order });
  expect(all).toHaveLength(12 + 12);
  for (const limit of [1, 2, 7]) expect(await paged({ order }, limit)).toEqual(all);
  expect(await paged({ order, words: 'same' }, 2)).toEqual(all.filter((name) => name.startsWith('same')));
});

test('a page that follows is right after files came and went', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'f']) world.files.putFile(`/s/${name}`, name);
  await world.share('/s');
  const first = await world.library.files({ order: 'name', limit: 3 });
  await world.files.remove('/s/c');
  world.files.putFile('/s/aa', 'aa');
  world.files.putFile('/s/e', 'e');
  await world.scanned();
  expect(await namesOf({ order: 'name', after: first.next ?? '' })).toEqual(['d', 'e', 'f']);
});

test('a place of another order, or none, begins at the beginning', async () => {
  for (const name of ['a', 'b', 'c']) world.files.putFile(`/s/${name}`, name);
  await world.share('/s');
  const { next } = await world.library.files({ order: 'size', limit: 2 });
  for (const after of [next ?? '', '["name",1,"x"]', '{', '[]', 'x'])
    expect(await namesOf({ order: 'name', after })).toEqual(['a', 'b', 'c']);
});

test('rows of an older version are looked up after the first start', async () => {
  world.files.putFile('/s/old.txt', 'x');
  await world.share('/s');
  await world.database.transact([{ sql: "UPDATE shared_files SET folded = '', name_key = ''" }]);
  expect(await namesOf({ words: 'old' })).toEqual([]);
  await world.restart();
  expect(await namesOf({ words: 'old' })).toEqual(['old.txt']);
});

describe('a file that the user left out', () => {
  test('is served and told of no longer, and counted', async () => {
    world.files.putFile('/s/a', 'a');
    world.files.putFile('/s/diary', 'secret');
    await world.share('/s');
    const hash = await world.hashOf('/s/diary');
    const before = world.changes;
    expect(await world.library.choices.setShared('/s/diary', false)).toEqual({ path: '/s/diary', withdrawn: hash });
    expect(await world.paths()).toEqual(['/s/a']);
    expect(await world.served(hash)).toBe('unknown');
    expect((await world.library.descriptors(undefined, 10)).map(({ name }) => name)).toEqual(['a']);
    expect(world.library.shares()).toMatchObject([{ left: { byUser: 1 } }]);
    expect(world.library.choices.leftOut()).toEqual(['/s/diary']);
    await world.clock.advance(5000);
    expect(world.changes).toBeGreaterThan(before);
    expect(world.library.totals()).toEqual({ files: 1, bytes: 1 });
    expect(world.scans.at(-1)).toEqual({ files: 1, bytes: 1 });
    expect(world.library.shares()).toMatchObject([{ files: 1, left: { byUser: 1 } }]);
    expect(await world.files.stat('/s/diary')).toBeDefined();
  });

  test('stays out over a restart, a change of it and a rescan, and is not read', async () => {
    world.files.putFile('/s/diary', 'secret');
    await world.share('/s');
    await world.library.choices.setShared('/s/diary', false);
    await world.restart();
    world.files.putFile('/s/diary', 'more secret');
    world.files.putFile('/s/new', 'n');
    await world.scanned();
    expect(await world.paths()).toEqual(['/s/new']);
    expect(world.hasher.hashed).toEqual(['/s/new']);
    expect(world.library.shares()).toMatchObject([{ left: { byUser: 1 } }]);
  });

  test('stays out when its folder is no longer shared, and shared again', async () => {
    world.files.putFile('/s/diary', 'secret');
    await world.share('/s');
    await world.library.choices.setShared('/s/diary', false);
    await world.library.removeFolder('/s');
    await world.share('/s');
    expect(await world.paths()).toEqual([]);
  });

  test('is shared again when the user says so, without being read again', async () => {
    world.files.putFile('/s/diary', 'secret');
    await world.share('/s');
    await world.library.choices.setShared('/s/diary', false);
    world.hasher.hashed.length = 0;
    await world.library.choices.setShared('/s/diary', true);
    expect(world.library.choices.leftOut()).toEqual([]);
    expect(world.library.shares()).toMatchObject([{ left: { byUser: 0 } }]);
    await world.clock.runUntil(() => world.library.totals().files === 1, 60_000);
    expect(await world.paths()).toEqual(['/s/diary']);
    expect(world.hasher.hashed).toEqual([]);
  });

  test('is not shared although it is being hashed just now', async () => {
    world.files.putFile('/s/diary', 'secret');
    const release = world.hasher.hold();
    await world.library.addFolder('/s', { kept: true });
    await world.library.start();
    await world.clock.runUntil(() => world.hasher.hashed.length === 1, 60_000);
    await world.library.choices.setShared('/s/diary', false);
    release();
    await world.scanned();
    expect(await world.paths()).toEqual([]);
  });

  test('is not shared when it comes as a finished download', async () => {
    world.files.putFile('/s/diary', 'secret');
    await world.share('/s');
    const hash = await world.hashOf('/s/diary');
    await world.library.choices.setShared('/s/diary', false);
    const file = { path: '/s/diary', hash, size: 6, chunkLayer: new Uint8Array(0) };
    expect(await world.library.adopt(file)).toBe(false);
    expect(await world.paths()).toEqual([]);
  });

  test('leaves its other copies shared', async () => {
    world.files.putFile('/s/one', 'same');
    world.files.putFile('/s/two', 'same');
    await world.share('/s');
    const hash = await world.hashOf('/s/one');
    expect(await world.library.choices.setShared('/s/one', false)).toEqual({ path: '/s/one', withdrawn: undefined });
    expect(await world.served(hash)).toBe('same');
  });

  test('must be a file in a shared folder', async () => {
    world.files.putFile('/s/deep/a', 'a');
    world.files.putFile('/other/b', 'b');
    await world.share('/s');
    for (const path of ['/s/deep', '/s/none', '/other/b'])
      await expect(world.library.choices.setShared(path, false)).rejects.toMatchObject({ code: 'share.file-unknown' });
    await expect(world.library.choices.setShared('/other/b', true)).rejects.toMatchObject({
      code: 'share.file-unknown',
    });
    await expect(world.library.choices.setShared('s/deep/a', false)).rejects.toMatchObject({
      code: 'share.not-allowed',
    });
    expect(world.library.choices.leftOut()).toEqual([]);
  });

  test('is one of at most 10,000', async () => {
    world.files.putFile('/s/a', 'a');
    const rows = Array.from({ length: MAX_LEFT_OUT_FILES }, (_, i) => `/s/${i}`);
    const sql = 'INSERT INTO left_out_files (path) SELECT value FROM json_each(?)';
    await world.database.transact([{ sql, params: [JSON.stringify(rows)] }]);
    await world.share('/s');
    const code = 'share.too-many-left-out';
    await expect(world.library.choices.setShared('/s/a', false)).rejects.toMatchObject({ code });
    expect(await world.paths()).toEqual(['/s/a']);
  });
});

describe('what the user says of a file', () => {
  const extracted = { title: 'Track 1', artist: 'Unknown', year: 2001 };
  const described = async () => (await world.library.files({ limit: 1 })).files[0];
  let hash: ContentHash;
  beforeEach(async () => {
    world.files.putFile('/s/a.mp3', 'a');
    world.reader.tell('/s/a.mp3', { type: 'audio', extracted });
    await world.share('/s');
    hash = await world.hashOf('/s/a.mp3');
  });

  test('stands in place of what was found, field by field, and can be taken back', async () => {
    const before = world.changes;
    await world.library.choices.describe(hash, { title: 'Blue Train', artist: null });
    await world.library.choices.describe(hash, { album: 'Blue' });
    expect(await described()).toMatchObject({
      edited: true,
      extracted: { title: 'Blue Train', year: 2001, album: 'Blue' },
    });
    expect((await described())?.extracted).not.toHaveProperty('artist');
    const [told] = await world.library.descriptors(undefined, 1);
    expect(told?.extracted).toEqual({ title: 'Blue Train', year: 2001, album: 'Blue' });
    expect(await world.library.find(hash)).toEqual(told);
    await world.clock.advance(0);
    expect(world.changes).toBeGreaterThan(before);
    await world.library.choices.describe(hash, null);
    expect(await described()).toMatchObject({ edited: false, extracted });
  });

  test('is what the file is found by', async () => {
    await world.library.choices.describe(hash, { title: 'Blue Train' });
    expect(await namesOf({ words: 'blue' })).toEqual(['a.mp3']);
    expect(await namesOf({ words: 'track' })).toEqual([]);
    await world.library.choices.describe(hash, null);
    expect(await namesOf({ words: 'blue' })).toEqual([]);
    expect(await namesOf({ words: 'track' })).toEqual(['a.mp3']);
  });

  test('holds at the same time for two that say something', async () => {
    await Promise.all([
      world.library.choices.describe(hash, { title: 'One' }),
      world.library.choices.describe(hash, { album: 'Two' }),
      world.library.choices.describe(hash, { artist: 'Three' }),
    ]);
    expect((await described())?.extracted).toMatchObject({ title: 'One', album: 'Two', artist: 'Three' });
  });

  test('belongs to the content: it outlives a restart, a touch and another name, not other bytes', async () => {
    await world.library.choices.describe(hash, { title: 'Blue Train' });
    await asked(hash, 3);
    await world.restart();
    expect(await described()).toMatchObject({ edited: true, asked: 3 });
    world.files.putFile('/s/copy.mp3', 'a');
    await world.scanned();
    const { files } = await world.library.files({ words: 'blue', order: 'name', limit: 9 });
    expect(files.map(({ name, edited, asked: times }) => [name, edited, times])).toEqual([
      ['a.mp3', true, 3],
      ['copy.mp3', true, 3],
    ]);
    world.files.putFile('/s/copy.mp3', 'other');
    await world.scanned();
    expect(await namesOf({ words: 'blue' })).toEqual(['a.mp3']);
  });

  test('holds for a copy on a disk that was away when it was said, and when it was taken back', async () => {
    world.files.putFile('/disk/b.mp3', 'a');
    world.reader.tell('/disk/b.mp3', { type: 'audio', extracted });
    await world.share('/disk');
    const others = async (words: string) => {
      const { files } = await world.library.files({ words, limit: 9 });
      return files.map(({ path, edited, asked: times }) => [path, edited, times]);
    };
    world.files.vanish('/disk');
    await world.scanned();
    await world.library.choices.describe(hash, { title: 'Blue Train' });
    await asked(hash, 3);
    world.files.comeBack('/disk');
    await world.scanned();
    const both = (edited: boolean) => [
      ['/disk/b.mp3', edited, 3],
      ['/s/a.mp3', edited, 3],
    ];
    expect([await others('blue'), await others('track')]).toEqual([both(true), []]);
    world.files.vanish('/disk');
    await world.scanned();
    await world.library.choices.describe(hash, null);
    world.files.comeBack('/disk');
    await world.scanned();
    expect([await others('blue'), await others('track')]).toEqual([[], both(false)]);
    expect((await world.library.descriptors(undefined, 9)).map((told) => told.extracted)).toEqual([extracted]);
  });

  test('is not forgotten when the file is away for long', async () => {
    await world.library.choices.describe(hash, { title: 'Blue Train' });
    await asked(hash, 3);
    await world.files.remove('/s/a.mp3');
    await world.clock.advance(5000);
    await world.library.stop();
    await world.clock.advance(40 * 24 * 3_600_000);
    await world.restart();
    world.files.putFile('/s/a.mp3', 'a');
    await world.scanned();
    expect(await described()).toMatchObject({ edited: true, asked: 3, extracted: { title: 'Blue Train' } });
  });

  test('must be about a shared content', async () => {
    const none = 'f'.repeat(64) as ContentHash;
    await expect(world.library.choices.describe(none, { title: 'x' })).rejects.toMatchObject({
      code: 'share.content-unknown',
    });
  });
});
