import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { numberedName, safeName, shorterNames } from '../../../src-main/contract/safe-name.ts';
import { utf8Length } from '../../../src-main/contract/utf8.ts';
import type { FileSystem } from '../../../src-main/engine/ports/index.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
type OpenWrite = FileSystem['openWrite'];
/** Another file system than the one with the part: no hard link leads there. */
const FAR = '/far';
const LONG = `${'長い名前'.repeat(40)}.mkv`;

/** `instead` is called when the copy on the other file system is opened, and opens it; the returned function ends that. */
function onCopy(world: DownloadWorld, instead: (open: OpenWrite, path: string) => ReturnType<OpenWrite>): () => void {
  const open = world.files.openWrite.bind(world.files);
  world.files.openWrite = (path) => (path.endsWith('.shoal-copy') ? instead(open, path) : open(path));
  return () => {
    world.files.openWrite = open;
  };
}

const namesIn = async (world: DownloadWorld, folder: string) =>
  (await world.files.list(folder))?.map(({ name }) => name);

/** A file that is to lie on another file system, and a name there that is taken. */
async function startFar() {
  const world = await DownloadWorld.start();
  world.files.mount(FAR);
  world.files.putFile(`${FAR}/film.mkv`, 'mine');
  const file = makeFile(4 * MIB);
  const source = await world.source(file);
  const add = () => world.add(file, [source], { output: `${FAR}/film.mkv` });
  const expectWhole = async (id: DownloadId) => {
    await world.until(id, 'done');
    expect(await namesIn(world, FAR)).toEqual(['film (2).mkv', 'film.mkv']);
    expect(world.view(id).path).toBe(`${FAR}/film (2).mkv`);
    expect(Buffer.compare(await world.content(`${FAR}/film (2).mkv`), file.bytes)).toBe(0);
    expect(await namesIn(world, `${FOLDER}/.shoal-parts`)).toEqual([]);
  };
  return { world, add, expectWhole };
}

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
      const noFaults = onCopy(world, async (_open, path) => {
        world.files.putFile(path, 'half of it');
        throw new AppError('disk.full', { path, needed: '2 MB' });
      });
      const file = makeFile(2 * MIB);
      const output = `${FAR}/film.mkv`;
      const id = await world.add(file, [await world.source(file)], { output });
      await world.until(id, 'paused');
      if (what === 'something') world.files.putFile(output, 'mine');
      await world.clock.advance(180_000);
      expect(await namesIn(world, FAR)).toEqual(what === 'something' ? ['film.mkv'] : []);
      noFaults();
      await world.until(id, 'done');
      const [path, all] = what === 'nothing' ? [output, 1] : [`${FAR}/film (2).mkv`, 2];
      expect(await namesIn(world, FAR)).toHaveLength(all);
      expect(world.view(id).path).toBe(path);
      expect(Buffer.compare(await world.content(path), file.bytes)).toBe(0);
    },
  );

  it('keeps what its user has written to a name that was taken for it', async () => {
    const world = await DownloadWorld.start();
    world.files.mount(FAR);
    const output = `${FAR}/film.mkv`;
    const noFaults = onCopy(world, async (_open, path) => {
      noFaults();
      world.files.putFile(output, 'mine');
      throw new AppError('disk.full', { path, needed: '2 MB' });
    });
    const file = makeFile(2 * MIB);
    const id = await world.add(file, [await world.source(file)], { output });
    await world.until(id, 'done');
    expect(new TextDecoder().decode(await world.content(output))).toBe('mine');
    expect(world.view(id).path).toBe(`${FAR}/film (2).mkv`);
  });

  it('is waited for while its disk has no room, and nothing is written there meanwhile', async () => {
    const { world, add, expectWhole } = await startFar();
    world.files.faults.quotaBytes = 7 * MIB;
    let copies = 0;
    onCopy(world, (open, path) => {
      copies++;
      return open(path);
    });
    const id = await add();
    await world.until(id, 'paused');
    await world.clock.advance(60_000);
    expect(world.view(id)).toMatchObject({ state: 'paused', reason: 'disk.full' });
    expect(await namesIn(world, FAR)).toEqual(['film.mkv']);
    expect(copies).toBe(0);
    world.files.faults.quotaBytes = Number.MAX_SAFE_INTEGER;
    await expectWhole(id);
  });

  it.each(['goes on', 'is cancelled'])('is free again when a kill ended the copying and it %s', async (what) => {
    const { world, add, expectWhole } = await startFar();
    let isCopying = false;
    const noFaults = onCopy(world, async (open, path) => {
      const handle = await open(path);
      await handle.write(new Uint8Array(MIB), 0);
      isCopying = true;
      return new Promise(() => {});
    });
    const id = await add();
    await world.clock.runUntil(() => isCopying, 120_000);
    expect(await namesIn(world, FAR)).toEqual(['film (2).mkv', 'film (2).mkv.shoal-copy', 'film.mkv']);
    noFaults();
    await world.kill();
    if (what === 'goes on') return expectWhole(id);
    await world.downloads.cancel(id);
    expect(await namesIn(world, FAR)).toEqual(['film.mkv']);
  });

  it.each(['cancel', 'pause'] as const)(
    'is not taken by one that a %s ended in the middle of the copying',
    async (end) => {
      const { world, add, expectWhole } = await startFar();
      const ends: Promise<void>[] = [];
      const noFaults = onCopy(world, async (open, path) => {
        const handle = await open(path);
        const { write } = handle;
        handle.write = (bytes, at) => {
          if (ends.length === 0) ends.push(world.downloads[end](id));
          return write.call(handle, bytes, at);
        };
        return handle;
      });
      const id: DownloadId = await add();
      await world.clock.runUntil(() => ends.length > 0, 120_000);
      await Promise.all(ends);
      noFaults();
      expect(world.files.openHandles).toBe(0);
      expect(await namesIn(world, FAR)).toEqual(['film.mkv']);
      if (end === 'cancel') return expect(world.downloads.list()).toEqual([]);
      await world.downloads.resume(id);
      await expectWhole(id);
    },
  );

  it('that was given up is left to others, even while their file is empty', async () => {
    const { world, add } = await startFar();
    await world.files.remove(`${FAR}/film.mkv`);
    world.files.faults.quotaBytes = 7 * MIB;
    const id = await add();
    await world.until(id, 'paused');
    world.files.putFile(`${FAR}/film.mkv`, '');
    world.files.faults.quotaBytes = Number.MAX_SAFE_INTEGER;
    await world.until(id, 'done');
    expect(world.view(id).path).toBe(`${FAR}/film (2).mkv`);
    expect(await world.files.stat(`${FAR}/film.mkv`)).toMatchObject({ size: 0 });
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
