import { afterEach, beforeEach, expect, test } from 'vitest';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
/** Questions about files of the disk that does not answer, while they wait. */
let asked: string[];
let whenHashed: () => void;
let gate: PromiseWithResolvers<void> | undefined;
beforeEach(async () => {
  world = await LibraryWorld.make();
  [asked, gate] = [[], undefined];
  whenHashed = () => undefined;
  const { files } = world;
  files.mount('/dead');
  for (const name of ['stat', 'statLink', 'realPath', 'list', 'openRead'] as const) {
    const real = files[name].bind(files) as (path: string) => Promise<never>;
    files[name] = async (path: string) => {
      if (gate && path.startsWith('/dead')) await ask(path);
      return real(path);
    };
  }
  const hashFile = world.hasher.hashFile.bind(world.hasher);
  world.hasher.hashFile = async (path, signal) => {
    if (path.startsWith('/dead')) whenHashed();
    if (gate && path.startsWith('/dead')) await ask(path);
    return hashFile(path, signal);
  };
});
afterEach(async () => {
  answer();
  await world.stop();
});

async function ask(path: string): Promise<void> {
  asked.push(path);
  await gate?.promise;
  asked.splice(asked.indexOf(path), 1);
}
const hang = () => {
  gate = Promise.withResolvers();
};
const answer = () => {
  gate?.resolve();
  gate = undefined;
};

test('a shared folder on a disk that does not answer is away, without harm to others, until it answers', async () => {
  world.files.putFile('/dead/1', 'a');
  world.files.putFile('/live/1', 'b');
  await world.share('/dead', '/live');
  const hash = await world.hashOf('/dead/1');
  hang();
  await world.clock.advance(60_000);
  expect(world.library.shares()).toMatchObject([{ path: '/dead', files: 0, reason: 'disk.failed' }, { files: 1 }]);
  expect(await world.served(hash)).toBe('unknown');
  world.files.putFile('/live/2', 'bb');
  await world.clock.advance(60_000);
  expect(await world.paths()).toEqual(['/live/1', '/live/2']);
  await world.clock.advance(600_000);
  expect(asked).toEqual(['/dead']);

  answer();
  await world.clock.advance(30_000);
  expect(await world.paths()).toEqual(['/dead/1', '/live/1', '/live/2']);
  expect(world.hasher.hashed).toEqual(['/dead/1', '/live/1', '/live/2']);
});

test('a disk that stops answering while it is scanned is asked two things at once, however many folders on it are shared', async () => {
  const tops = ['/dead/0', '/dead/1', '/dead/2', '/dead/3'];
  for (const top of tops) for (let i = 0; i < 20; i++) world.files.putFile(`${top}/${i}`, `${i}`);
  world.files.putFile('/live/1', 'b');
  await world.share(...tops, '/live');
  const statLink = world.files.statLink.bind(world.files);
  world.files.statLink = (path) => {
    if (path.startsWith('/dead')) hang();
    world.files.statLink = statLink;
    return statLink(path);
  };
  await world.clock.advance(4_000_000);
  expect(asked.filter((path) => !tops.includes(path))).toHaveLength(2);
  world.files.putFile('/live/2', 'bb');
  await world.clock.advance(60_000);
  expect(await world.paths()).toEqual(['/live/1', '/live/2']);
});

test('of files that the user left out no more are asked for at once', async () => {
  for (let i = 0; i < 20; i++) world.files.putFile(`/dead/${i}`, `${i}`);
  await world.share('/dead');
  for (let i = 0; i < 20; i++) await world.library.choices.setShared(`/dead/${i}`, false);
  await world.clock.advance(60_000);
  const statLink = world.files.statLink.bind(world.files);
  world.files.statLink = (path) => {
    hang();
    world.files.statLink = statLink;
    return statLink(path);
  };
  await world.clock.advance(4_000_000);
  expect(asked.filter((path) => path !== '/dead')).toHaveLength(2);
});

test('a file that is never read to its end does not keep those of other disks from being hashed', async () => {
  world.files.putFile('/dead/1', 'a');
  world.files.putFile('/live/1', 'b');
  await world.share('/dead', '/live');
  world.files.putFile('/dead/2', 'aa');
  whenHashed = hang;
  await world.clock.advance(5000);
  expect(asked).toContain('/dead/2');
  world.files.putFile('/live/2', 'bb');
  await world.clock.advance(60_000);
  expect(await world.paths()).toEqual(['/live/1', '/live/2']);

  whenHashed = () => undefined;
  answer();
  await world.clock.advance(60_000);
  expect(await world.paths()).toEqual(['/dead/1', '/dead/2', '/live/1', '/live/2']);
});

test('the start does not wait for a disk that does not answer, and neither does the end', async () => {
  world.files.putFile('/dead/1', 'a');
  world.files.putFile('/live/1', 'b');
  await world.share('/dead', '/live');
  hang();
  await world.clock.advance(60_000);
  const restarted = world.restart();
  await world.clock.advance(20_000);
  await restarted;
  expect(await world.paths()).toEqual(['/live/1']);
});

test.each([
  ['a removal', 'its names are asked for', 'statLink', () => world.library.removeFolder('/dead')],
  ['the end', 'its names are asked for', 'statLink', () => world.library.stop()],
  ['the end', 'a file is hashed', 'hashFile', () => world.library.stop()],
])('%s waits no longer than 15 s for a disk that stops answering while %s', async (_end, _while, call, end) => {
  world.files.putFile('/dead/1', 'a');
  await world.share('/dead');
  const statLink = world.files.statLink.bind(world.files);
  world.files.statLink = (path) => {
    if (call === 'statLink') hang();
    world.files.statLink = statLink;
    return statLink(path);
  };
  if (call === 'hashFile') whenHashed = hang;
  world.files.putFile('/dead/2', 'aa');
  await world.clock.runUntil(() => gate !== undefined, 60_000);
  let hasEnded = false;
  const ended = Promise.resolve(end()).then(() => {
    hasEnded = true;
  });
  await world.clock.advance(16_000);
  expect(hasEnded).toBe(true);
  await ended;
});
