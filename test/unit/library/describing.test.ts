import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileDescription } from '../../../src-main/engine/ports/index.ts';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
let answers: PromiseWithResolvers<FileDescription>;
let described: string[];
beforeEach(async () => {
  world = await LibraryWorld.make();
  answers = Promise.withResolvers();
  described = [];
  world.reader.describe = (path, signal) => {
    described.push(path);
    signal?.addEventListener('abort', () => answers.reject(signal.reason));
    return answers.promise;
  };
  world.files.putFile('/s/strange.pdf', 'xx');
  await world.library.addFolder('/s', { kept: true });
  await world.library.start();
});
afterEach(() => world.stop());

const view = async () =>
  (await world.library.files({ limit: 10 })).files.map(({ name, type, extracted }) => [name, type, extracted]);

describe('a file that takes long to describe', () => {
  test('is shared before by its ending, and has its fields when they are there', async () => {
    await world.clock.runUntil(() => world.library.totals().files === 1, 60_000);
    expect(await view()).toEqual([['strange.pdf', 'document', {}]]);
    answers.resolve({ type: 'document', extracted: { title: 'A Paper' } });
    await world.scanned(0);
    expect(await view()).toEqual([['strange.pdf', 'document', { title: 'A Paper' }]]);
  });

  test('is not described again where it brought the process down', async () => {
    await world.clock.runUntil(() => world.library.totals().files === 1, 60_000);
    await world.restart();
    expect([described, world.hasher.hashed]).toEqual([['/s/strange.pdf'], []]);
  });
});

test('a file that is described at once is saved once', async () => {
  const saved: string[] = [];
  const save = world.store.save.bind(world.store);
  world.store.save = (file, layer) => {
    saved.push(file.path);
    return save(file, layer);
  };
  answers.resolve({ type: 'document', extracted: {} });
  await world.scanned(0);
  expect(saved).toEqual(['/s/strange.pdf']);
});
