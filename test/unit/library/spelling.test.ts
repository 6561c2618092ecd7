import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
  world.files.faults.foldsCase = true;
  world.files.putFile('/s/Sub/Reef.txt', 'coral');
  world.files.putFile('/s/Sub/sand.txt', 'sand');
  await world.share('/s');
});
afterEach(async () => {
  await world.stop();
});

describe('where case does not count', () => {
  test('a file that is written differently is shared once, under its new name', async () => {
    await world.files.rename('/s/Sub/Reef.txt', '/s/Sub/REEF.txt');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual(['/s/Sub/REEF.txt', '/s/Sub/sand.txt']);
  });

  test('a folder that is written differently has its files once, and they are not read again', async () => {
    world.hasher.hashed.length = 0;
    await world.files.rename('/s/Sub', '/s/SUB');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual(['/s/SUB/Reef.txt', '/s/SUB/sand.txt']);
    expect(world.hasher.hashed).toEqual([]);
  });

  test('a change that is told under the former name of its folder shares nothing twice', async () => {
    await world.files.rename('/s/Sub', '/s/SUB');
    world.files.putFile('/s/Sub/shell.txt', 'shell');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual(['/s/SUB/Reef.txt', '/s/SUB/sand.txt', '/s/SUB/shell.txt']);
  });

  test('what is written differently while nobody looks is found at the next start', async () => {
    await world.library.stop();
    await world.files.rename('/s/Sub/Reef.txt', '/s/Sub/reef.TXT');
    await world.restart();
    expect(await world.paths()).toEqual(['/s/Sub/reef.TXT', '/s/Sub/sand.txt']);
  });
});
