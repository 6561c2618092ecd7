import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { LibraryWorld } from '../../support/library-world.ts';

const DIARY = '/s/2025/diary';
let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
  world.files.putFile(DIARY, 'secret');
  world.files.putFile('/s/2025/photo', 'p');
});
afterEach(() => world.stop());

const leftOut = () => world.library.choices.leftOut();
const leaveOut = async () => {
  await world.share('/s');
  await world.library.choices.setShared(DIARY, false);
  await world.clock.advance(5000);
};
/** Long enough for whatever is new to be shared. */
const settled = () => world.clock.advance(60_000);

describe('a file that is left out stays out', () => {
  test('when its folder is renamed, and back', async () => {
    await leaveOut();
    await world.files.rename('/s/2025', '/s/2025 old');
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2025 old/photo'], ['/s/2025 old/diary']]);
    expect(world.library.shares()).toMatchObject([{ files: 1, left: { byUser: 1 } }]);
    await world.files.rename('/s/2025 old', '/s/2025');
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2025/photo'], [DIARY]]);
    await world.restart();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2025/photo'], [DIARY]]);
  });

  test('when it is renamed itself, also while the peer does not run', async () => {
    await leaveOut();
    await world.library.stop();
    await world.files.rename(DIARY, '/s/letters');
    await world.restart();
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2025/photo'], ['/s/letters']]);
  });

  test('when it was never read before it is renamed', async () => {
    const release = world.hasher.hold();
    await world.library.addFolder('/s', { kept: true });
    await world.library.start();
    await world.clock.advance(1);
    await world.library.choices.setShared(DIARY, false);
    release();
    await settled();
    world.files.putFile(DIARY, 'written to since');
    await settled();
    expect(world.hasher.hashed).not.toContain(DIARY);
    await world.files.rename('/s/2025', '/s/2026');
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2026/photo'], ['/s/2026/diary']]);
  });

  test('when it comes back to a path where it was shared once', async () => {
    await world.share('/s');
    await world.files.rename('/s/2025', '/s/2026');
    await settled();
    await world.library.choices.setShared('/s/2026/diary', false);
    await world.files.rename('/s/2026', '/s/2025');
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2025/photo'], [DIARY]]);
  });

  test('when another file takes its name', async () => {
    await leaveOut();
    await world.library.stop();
    await world.files.rename(DIARY, '/s/2025/diary.bak');
    world.files.putFile(DIARY, 'the next one');
    await world.restart();
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([['/s/2025/photo'], [DIARY, '/s/2025/diary.bak']]);
  });

  test('when it is brought to another disk, and on a disk that is away meanwhile', async () => {
    await leaveOut();
    world.files.putFile('/t/diary', 'secret');
    world.files.vanish('/s');
    await world.share('/t');
    await settled();
    expect([await world.paths(), leftOut()]).toEqual([[], [DIARY, '/t/diary']]);
    await world.library.choices.setShared('/t/diary', true);
    await settled();
    expect(await world.paths()).toEqual(['/t/diary']);
    world.files.comeBack('/s');
    await settled();
    expect(await world.paths()).toEqual(['/s/2025/photo', '/t/diary']);
  });
});

test('a copy of a file that is left out, or another name of it, is shared', async () => {
  await leaveOut();
  world.files.putFile('/s/copy', 'secret');
  await world.files.link(DIARY, '/s/link');
  await settled();
  expect(await world.paths()).toEqual(['/s/2025/photo', '/s/copy', '/s/link']);
});

test('a copy of what is shared elsewhere is shared, though the same was left out where it is no more', async () => {
  world.files.putFile('/s/copy', 'secret');
  await leaveOut();
  await world.files.remove(DIARY);
  await settled();
  world.files.putFile('/s/again', 'secret');
  await settled();
  expect(await world.paths()).toEqual(['/s/2025/photo', '/s/again', '/s/copy']);
});

test('what was shared beside a copy that was left out, and is no more, stays shared when it is touched or its folder renamed', async () => {
  world.files.putFile('/s/2026/copy', 'secret');
  await leaveOut();
  await world.files.remove(DIARY);
  await settled();
  world.files.putFile('/s/2026/copy', 'secret');
  await settled();
  await world.files.rename('/s/2026', '/s/2027');
  await settled();
  expect(await world.paths()).toEqual(['/s/2025/photo', '/s/2027/copy']);
});

test('a file that was left out by an older version is known again after its folder is renamed', async () => {
  await world.share('/s');
  await world.library.stop();
  const columns = ['size', 'modified_ms', 'inode', 'device', 'hash'];
  await world.database.transact([
    { sql: 'INSERT INTO left_out_files (path) VALUES (?)', params: [DIARY] },
    ...columns.map((column) => ({ sql: `ALTER TABLE left_out_files DROP COLUMN ${column}` })),
    { sql: 'PRAGMA user_version = 200' },
  ]);
  const migrations = MIGRATIONS.filter(({ version }) => version <= 210);
  await migrate(world.database, { migrations, path: 'memory' });
  await world.files.rename('/s/2025', '/s/2026');
  await world.restart();
  await settled();
  expect([await world.paths(), leftOut()]).toEqual([['/s/2026/photo'], ['/s/2026/diary']]);
});
