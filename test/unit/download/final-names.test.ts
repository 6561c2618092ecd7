import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { numberedName, safeName, shorterNames } from '../../../src-main/contract/safe-name.ts';
import { utf8Length } from '../../../src-main/contract/utf8.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
/** Another file system than the one with the part: no hard link leads there. */
const FAR = '/far';
const LONG = `${'長い名前'.repeat(40)}.mkv`;

/** Downloads one file of that name into each folder; gives the paths. */
async function fetch(world: DownloadWorld, name: string): Promise<readonly string[]> {
  world.files.mount(FAR);
  const paths: string[] = [];
  for (const more of [{ name }, { name, output: `${FAR}/${name}` }]) {
    const file = makeFile(2 * MIB, 3 + paths.length);
    const id = await world.add(file, [await world.source(file)], more);
    await world.until(id, 'done');
    const { path } = world.view(id);
    // Before it has its name: nobody can open it unmarked.
    const handed = [...world.files.handedOver.keys()];
    expect(handed.at(-1)).toMatch(more.output ? /\.shoal-copy$/ : /\.part$/);
    expect(Buffer.compare(await world.content(path), file.bytes)).toBe(0);
    paths.push(path);
  }
  expect(await world.files.list(`${FOLDER}/.shoal-parts`)).toEqual([]);
  return paths;
}

describe('the name of a finished file', () => {
  it.each([255, 143, 64])('is as long as the file system takes, %i bytes, and keeps its ending', async (most) => {
    const world = await DownloadWorld.start();
    world.files.faults.nameMaxBytes = most;
    for (const path of await fetch(world, LONG)) {
      const name = world.files.paths.name(path);
      expect(utf8Length(name)).toBeLessThanOrEqual(most);
      expect(utf8Length(name)).toBeGreaterThan(most / 2 - 3);
      expect(name).toMatch(/^長い名前.*\.mkv$/);
    }
  });

  it('that is too long and taken has a number too', async () => {
    const world = await DownloadWorld.start();
    world.files.faults.nameMaxBytes = 143;
    const taken = shorterNames(LONG).find((name) => utf8Length(name) <= 143) ?? '';
    world.files.putFile(`${FOLDER}/${taken}`, 'mine');
    const [path] = await fetch(world, LONG);
    expect(path).toBe(`${FOLDER}/${numberedName(taken, 2)}`);
    expect(new TextDecoder().decode(await world.content(`${FOLDER}/${taken}`))).toBe('mine');
  });

  it('is another one where only the case of a name that stands there differs, if the file system says so', async () => {
    const world = await DownloadWorld.start();
    world.files.faults.foldsCase = true;
    for (const folder of [FOLDER]) world.files.putFile(`${folder}/TIDE.bin`, 'mine');
    const [near] = await fetch(world, 'Tide.BIN');
    expect(near).toBe(`${FOLDER}/Tide (2).BIN`);
    expect(new TextDecoder().decode(await world.content(`${FOLDER}/tide.bin`))).toBe('mine');
    expect(await world.files.list(FOLDER)).toHaveLength(3);
  });

  it.each(['nothing', 'something'])(
    'is taken anew in each try, while its disk is full and its user has put %s there',
    async (what) => {
      const world = await DownloadWorld.start();
      world.files.mount(FAR);
      const copy = world.files.copy.bind(world.files);
      world.files.copy = async (from, to) => {
        world.files.putFile(to, 'half of it');
        throw new AppError('disk.full', { path: from, needed: '2 MB' });
      };
      const file = makeFile(2 * MIB);
      const output = `${FAR}/film.mkv`;
      const id = await world.add(file, [await world.source(file)], { output });
      await world.until(id, 'paused');
      if (what === 'something') world.files.putFile(output, 'mine');
      await world.clock.advance(180_000);
      const names = async () => (await world.files.list(FAR))?.map(({ name }) => name);
      expect(await names()).toEqual(what === 'something' ? ['film.mkv'] : []);
      world.files.copy = copy;
      await world.until(id, 'done');
      const [path, all] = what === 'nothing' ? [output, 1] : [`${FAR}/film (2).mkv`, 2];
      expect(await names()).toHaveLength(all);
      expect(world.view(id).path).toBe(path);
      expect(Buffer.compare(await world.content(path), file.bytes)).toBe(0);
    },
  );

  it('keeps what its user has written to a name that was taken for it', async () => {
    const world = await DownloadWorld.start();
    world.files.mount(FAR);
    const copy = world.files.copy.bind(world.files);
    const output = `${FAR}/film.mkv`;
    world.files.copy = async (from) => {
      world.files.copy = copy;
      world.files.putFile(output, 'mine');
      throw new AppError('disk.full', { path: from, needed: '2 MB' });
    };
    const file = makeFile(2 * MIB);
    const id = await world.add(file, [await world.source(file)], { output });
    await world.until(id, 'done');
    expect(new TextDecoder().decode(await world.content(output))).toBe('mine');
    expect(world.view(id).path).toBe(`${FAR}/film (2).mkv`);
  });

  it('may differ in case alone elsewhere', async () => {
    const world = await DownloadWorld.start();
    world.files.putFile(`${FOLDER}/TIDE.bin`, 'mine');
    expect((await fetch(world, 'Tide.BIN'))[0]).toBe(`${FOLDER}/Tide.BIN`);
  });

  it('that is shortened is shorter each time, whole characters, with its ending, and never empty', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(text, fc.constantFrom('', '.mkv', '.tar.gz'), (stem, ending) => {
        const name = safeName(`${stem}${ending}`, 'fallback');
        const lengths = [name, ...shorterNames(name)].map(utf8Length);
        expect(lengths).toEqual([...new Set(lengths)].sort((a, b) => b - a));
        for (const shorter of shorterNames(name)) {
          expect(shorter.isWellFormed() && shorter.length > 0).toBe(true);
          if (/\.(mkv|gz)$/.test(name))
            expect(shorter.slice(shorter.lastIndexOf('.'))).toBe(name.slice(name.lastIndexOf('.')));
        }
      }),
    );
  });
});
