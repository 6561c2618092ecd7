import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { file, hash, nameOf, node, pack } from '../support/index-batches.ts';
import { ANN, BEN, CYD, IndexUnderTest, OTHERS, WIDE } from '../support/index-under-test.ts';

const world = new IndexUnderTest();

describe.each(world.adapters)('%s', (_, make) => {
  beforeAll(() => {
    world.now = make();
  });
  afterAll(() => world.now.close());

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
    beforeEach(() => world.put(ANN, library));

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
      const answer = await world.search(text);
      expect(answer.hits.map(({ hash }) => hash).sort()).toEqual(found.map(hash).sort());
      expect(answer.more).toBe(false);
    });

    test('a hit tells what the descriptor told, and who has it', async () => {
      const [hit] = (await world.search('"long road"')).hits;
      const { hash, size, name, type, extracted } = library[0] ?? file(0, '');
      expect(hit).toMatchObject({ hash, size, holders: [ANN] });
      expect(JSON.parse(hit?.shown ?? '')).toEqual({ name, type, extracted });
    });

    test('equal contents are one hit with all holders, whatever names they gave it', async () => {
      await world.put(BEN, [{ ...file(1, 'Road.mp3'), size: 5e6 }]);
      await world.put(CYD, [{ ...file(1, 'nothing alike.mp3'), size: 5e6 }]);
      const { hits } = await world.search('"road" mp3');
      expect(hits).toHaveLength(1);
      expect(hits.map(nameOf)).toEqual(['Road.mp3']);
      expect([...(hits[0]?.holders ?? [])].sort()).toEqual([ANN, BEN, CYD]);
    });

    describe('a content of many holders', () => {
      const moon = { ...file(21, '01 - Elvis - Blue Moon (live).mp3'), extracted: { durationSeconds: 200 } };
      const others = OTHERS.slice(0, 20);
      const shown = async (text: string) => JSON.parse((await world.search(text)).hits[0]?.shown ?? '{}');
      const toldBy = (child: typeof ANN, more: object, block?: string) =>
        world.now.apply(child, pack([{ ...moon, ...more }]), { ...WIDE, block });

      test('is what most of them say, not what one says whose name fits better', async () => {
        for (const child of others) await world.put(child, [moon]);
        const lie = { name: 'Blue Moon.mp3.exe', type: 'software', extracted: { durationSeconds: 86_000 } };
        await toldBy(CYD, lie);
        const { name, type, extracted } = moon;
        for (const start of [0, 0.5, 0.99]) {
          const [hit] = (await world.search('blue moon', 100, start)).hits;
          expect(JSON.parse(hit?.shown ?? '{}')).toEqual({ name, type, extracted });
          expect(hit?.holders).toHaveLength(21);
        }
        const [hit] = (await world.now.lookup(moon.hash, 50)).hits;
        expect(JSON.parse(hit?.shown ?? '{}')).toEqual({ name, type, extracted });
      });

      test('has the inside that most say, though each names it otherwise', async () => {
        for (const [at, child] of others.entries()) await toldBy(child, { name: `${at} a moon so blue.mp3` });
        await toldBy(CYD, { name: 'Blue Moon.mp3', type: 'software', extracted: { durationSeconds: 86_000 } });
        expect(await shown('blue moon')).toMatchObject({ type: 'audio', extracted: moon.extracted });
        await toldBy(BEN, { name: '3 a moon so blue.mp3' });
        expect(await shown('blue moon')).toMatchObject({ name: '3 a moon so blue.mp3' });
      });

      test('is not renamed by many children of one address block', async () => {
        for (const child of [ANN, BEN]) await world.put(child, [moon]);
        for (const child of others) await toldBy(child, { name: 'Blue Moon.mp3.exe' }, '40.0.0');
        expect(await shown('blue moon')).toMatchObject({ name: moon.name });
      });
    });

    test('names before descriptors, whole words before beginnings, phrases and short names first', async () => {
      await world.put(BEN, [
        file(11, 'zebra finch.mp3'),
        file(12, 'the finch and another zebra of some kind.mp3'),
        file(13, 'zebras finches.mp3'),
        file(14, 'birds.mp3', { extracted: { title: 'zebra finch' } }),
        file(15, 'a very long list of all birds zebra finch.mp3'),
      ]);
      const { hits } = await world.search('zebra finch');
      expect(hits.map(({ hash }) => hash)).toEqual([11, 15, 12, 14].map(hash));
    });
  });

  describe('bounds an answer', () => {
    test('gives the best of the limit and says that there are more', async () => {
      const files = Array.from({ length: 30 }, (_, n) => file(n, `apple${n} pie and much more beside.mp3`));
      await world.put(ANN, [...files, file(99, 'pie.mp3')]);
      const few = await world.search('pie', 5);
      expect(few.hits).toHaveLength(5);
      expect(few.hits.map(nameOf)[0]).toBe('pie.mp3');
      expect(few.more).toBe(true);
      const all = await world.search('pie', 31);
      expect(all.hits).toHaveLength(31);
      expect(all.more).toBe(false);
    });

    test('looks at 500 matches, from another row for another start', async () => {
      for (let child = 0; child < 4; child++) {
        const files = Array.from({ length: 500 }, (_, n) => file(child * 500 + n, `common w${child * 500 + n}.mp3`));
        await world.put(node(100 + child), files);
      }
      const seen = new Set<string>();
      for (let start = 0; start < 1; start += 1 / 32) {
        const answer = await world.search('common', 1000, start);
        expect(answer.hits).toHaveLength(500);
        expect(answer.more).toBe(true);
        for (const hit of answer.hits) seen.add(hit.hash);
      }
      expect(seen.size).toBe(2000);
    });

    test('every start finds the same when there are few matches', async () => {
      for (let child = 0; child < 40; child++) {
        await world.put(node(100 + child), [file(child, `rare w${child}.mp3`), file(1000 + child, 'other.mp3')]);
      }
      for (let start = 0; start < 1; start += 0.0437)
        expect((await world.search('rare', 100, start)).hits).toHaveLength(40);
    });

    test('an absent child does not use up the matches that are looked at', async () => {
      await world.put(
        ANN,
        Array.from({ length: 500 }, (_, n) => file(n, `common w${n}.mp3`)),
      );
      await world.put(BEN, [file(900, 'common here.mp3')]);
      await world.now.setPresent(ANN, false);
      expect((await world.search('common')).hits.map(({ holders }) => holders)).toEqual([[BEN]]);
    });

    test('at most 50 holders of a hit; lookup gives others each time', async () => {
      const shared = file(7, 'popular.mp3');
      for (let child = 0; child < 60; child++) await world.put(node(100 + child), [shared]);
      expect((await world.search('popular')).hits[0]?.holders).toHaveLength(50);
      const seen = new Set<string>();
      for (let turn = 0; turn < 3; turn++) {
        const { hits, more } = await world.now.lookup(shared.hash, 20);
        expect(hits[0]?.holders).toHaveLength(20);
        expect(more).toBe(true);
        for (const holder of hits[0]?.holders ?? []) seen.add(holder);
      }
      expect(seen.size).toBe(60);
    });

    test('lookup of a hash tells each size apart, and nothing of an unknown hash', async () => {
      await world.put(ANN, [file(7, 'a.mp3'), { ...file(7, 'b.mp3'), size: 5 }]);
      const { hits, more } = await world.now.lookup(hash(7), 10);
      expect(hits.map((hit) => [hit.size, nameOf(hit)]).sort()).toEqual([
        [1007, 'a.mp3'],
        [5, 'b.mp3'],
      ]);
      expect(more).toBe(false);
      expect(await world.now.lookup(hash(8), 10)).toEqual({ hits: [], more: false });
    });
  });
});
