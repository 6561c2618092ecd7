import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database, SqlValue } from '../../src-main/engine/ports/index.ts';
import { toFolderInsert } from '../../src-main/engine/store/library-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { SqliteConnection } from '../../src-main/platform/sqlite/sqlite-connection.ts';
import { askPeer } from '../support/ask-peer.ts';
import { CountingProxy } from '../support/counting-proxy.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { runShoal, ShoalProcess } from '../support/peer-process.ts';
import { seededBytes } from '../support/sha256.ts';
import { canMountDisks, SmallDisk } from '../support/small-disk.ts';

/** Faults of this machine: each gives one clear line, loses nothing, and is got over as soon as it is gone. */

const MIB = 2 ** 20;
const SIZE = 8 * MIB;
const BYTES = seededBytes(SIZE, 77);
const isDiskless = !canMountDisks();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** What the log tells of beyond the ordinary. */
const warnings = (text: string) => text.split('\n').filter((line) => / (warn|error) /.test(line));
const linesWith = (text: string, part: string) => text.split('\n').filter((line) => line.includes(part));

/** Time for several tries at what fails. */
const RETRIES_MS = 1200;
/** A leaf that is not told that it finds no supernode: there is none. */
const LEAF = ['--supernode', 'never', '--set', 'overlay.alone-after=3600000'];
const QUICK = [...LEAF, '--set', 'download.disk-retry=300', '--set', 'library.check=300'];

/** A peer, and how to let it get the file from a source that takes some 4 s to send it, unless it is to hurry. */
async function makeDownloader() {
  const source = await LivePeer.make({ 'tide.bin': BYTES });
  await source.start(...LEAF, '--set', `upload.rate=${2 * MIB}`);
  await source.untilShared(1);
  const [shared] = await source.shoal('share', 'files');
  const proxy = await CountingProxy.before(source.listen);
  const magnet = `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=tide.bin&xl=${SIZE}&xs=${encodeURIComponent(`shoal://${source.node}@${proxy.address}`)}`;
  const peer = await LivePeer.make();
  /** There is nothing more to be seen of the slow part. */
  const hurry = () => source.client.command('settings.set', { key: 'upload.rate', value: 0 });
  return { peer, get: () => peer.shoal('get', magnet), sent: () => proxy.sent, hurry };
}

async function expectWhole(peer: LivePeer): Promise<void> {
  const { path } = await peer.untilDownload('the end', ({ state }) => state === 'done');
  expect(sha256(await readFile(path))).toBe(sha256(BYTES));
}

async function expectToldOver(peer: LivePeer): Promise<void> {
  await until('the end to be told', () => linesWith(peer.process.err, 'a folder can be used again').length > 0);
  expect(linesWith(peer.process.err, 'a folder can be used again')).toHaveLength(1);
}

describe('a download folder', () => {
  test.skipIf(isDiskless)(
    'on a disk that becomes full: what is there stays, and it goes on when there is space',
    async () => {
      const { peer, get, hurry } = await makeDownloader();
      const disk = new SmallDisk(peer.downloads, 16);
      await peer.start(...QUICK);
      await get();
      const before = await peer.untilDownload('a part', ({ done }) => done >= 2 * MIB);
      const free = await disk.fill();
      const paused = await peer.untilDownload('a pause', ({ state }) => state === 'paused');
      expect(paused.reason).toBe('disk.full');
      expect(paused.done).toBeGreaterThanOrEqual(before.done);
      await setTimeout(RETRIES_MS);
      await free();
      await hurry();
      await expectWhole(peer);
      expect(warnings(peer.process.err)).toEqual([expect.stringContaining('no space left')]);
      await expectToldOver(peer);
    },
  );

  test.skipIf(isDiskless)('on a disk that is too small from the start: it says how much is missing', async () => {
    const { peer, get } = await makeDownloader();
    new SmallDisk(peer.downloads, 4);
    await peer.start(...QUICK);
    await get();
    await peer.untilDownload('a pause', ({ state, reason }) => state === 'paused' && reason === 'disk.full');
    expect(peer.process.err).toMatch(/no space left for .*downloads: free 5 MB or choose another folder/);
  });

  test.skipIf(isDiskless)('on a disk that is read-only: it goes on when that is over', async () => {
    const { peer, get, hurry } = await makeDownloader();
    const disk = new SmallDisk(peer.downloads, 16);
    disk.makeReadOnly(true);
    await peer.start(...QUICK);
    await get();
    await peer.untilDownload('a pause', ({ state, reason }) => state === 'paused' && reason === 'disk.read-only');
    await setTimeout(RETRIES_MS);
    disk.makeReadOnly(false);
    await hurry();
    await expectWhole(peer);
    expect(warnings(peer.process.err)).toEqual([expect.stringContaining('make it writable')]);
    await expectToldOver(peer);
  });

  test('that is taken away in the middle: it goes on when it is back', async () => {
    const { peer, get, hurry } = await makeDownloader();
    await peer.start(...QUICK);
    await get();
    await peer.untilDownload('a part', ({ done }) => done >= 2 * MIB);
    await rename(peer.downloads, `${peer.downloads}-away`);
    await hurry();
    const paused = await peer.untilDownload('a pause', ({ state }) => state === 'paused');
    expect(paused.reason).toBe('disk.missing');
    await setTimeout(RETRIES_MS);
    await rename(`${peer.downloads}-away`, peer.downloads);
    await expectWhole(peer);
    expect(warnings(peer.process.err)).toEqual([expect.stringContaining('connect the disk')]);
    await expectToldOver(peer);
  });

  test.skipIf(isDiskless)('that is left for one on another disk, and then for one that is too small', async () => {
    const { peer, get, sent, hurry } = await makeDownloader();
    await peer.start(...QUICK);
    const [other, small] = [`${peer.downloads}-other`, `${peer.downloads}-small`];
    for (const [folder, mebibytes] of [
      [other, 16],
      [small, 1],
    ] as const) {
      await mkdir(folder);
      new SmallDisk(folder, mebibytes);
    }
    await get();
    const { id } = await peer.untilDownload('a part', ({ done }) => done >= 2 * MIB);
    await peer.shoal('relocate', `${id}`, other);
    expect(await readdir(join(peer.downloads, '.shoal-parts'))).toEqual([]);
    const refused = await runShoal('relocate', `${id}`, small, '--data', peer.data);
    expect([refused.status, refused.err.trim().split('\n').length]).toEqual([1, 1]);
    expect(refused.err).toContain('no space left');
    await hurry();
    await expectWhole(peer);
    expect(await readdir(other)).toContain('tide.bin');
    expect(sent()).toBeLessThan(SIZE + 4 * MIB);
  });
});

describe('a data folder on a disk that becomes full in the middle of a download', () => {
  test.skipIf(isDiskless)('is told in one line, and in one when it is over; the file arrives', async () => {
    const { peer, get, hurry } = await makeDownloader();
    await mkdir(peer.data);
    const disk = new SmallDisk(peer.data, 4);
    await peer.start(...QUICK, '--set', 'download.record=50');
    await get();
    await peer.untilDownload('a part', ({ done }) => done >= 2 * MIB);
    const free = await disk.fill();
    await until('the line', () => linesWith(peer.process.err, 'the data folder cannot be used').length > 0);
    await hurry();
    const paused = await peer.untilDownload('a pause', ({ state }) => state === 'paused');
    expect(paused).toMatchObject({ reason: 'disk.full', done: SIZE });
    await setTimeout(RETRIES_MS);
    await free();
    await expectWhole(peer);
    await until('the end', () => linesWith(peer.process.err, 'the data folder can be used again').length > 0);
    expect(warnings(peer.process.err)).toEqual([
      expect.stringMatching(/data folder cannot be used .*no space left for /),
    ]);
    expect(linesWith(peer.process.err, 'can be used again')).toHaveLength(1);
  });
});

describe('a shared folder', () => {
  test('that is taken away is shared again when it is back', async () => {
    const peer = await LivePeer.make({ 'a.txt': 'a', 'b.txt': 'b' });
    await peer.start(...LEAF, '--set', 'library.check=200');
    await peer.untilShared(2);
    const [file] = await peer.shoal('share', 'files');
    const path = `/content/${file?.hash}`;
    expect((await askPeer(peer.listen, path)).status).toBe(200);
    await rename(peer.shared, `${peer.shared}-away`);
    await peer.untilShared(0);
    // An open file is trusted for a second.
    await until('410', async () => (await askPeer(peer.listen, path)).status === 410);
    const [view] = (await peer.query('shares', {})).filter((share) => share.path === peer.shared);
    expect(view).toMatchObject({ files: 0, reason: 'disk.missing' });
    await setTimeout(RETRIES_MS);
    expect(warnings(peer.process.err)).toEqual([expect.stringMatching(/a folder cannot be used .*connect the disk/)]);
    await rename(`${peer.shared}-away`, peer.shared);
    await peer.untilShared(2);
    expect((await askPeer(peer.listen, path)).status).toBe(200);
    await until('the end to be told', () => linesWith(peer.process.err, 'a folder can be used again').length > 0);
    expect(warnings(peer.process.err)).toHaveLength(1);
  });
});

describe('the default port', () => {
  test('when it is taken, is replaced by a free one', async () => {
    const taken = createServer();
    // Somebody else has it already: as good.
    await new Promise<void>((resolve) => taken.on('error', () => resolve()).listen(1214, resolve));
    onTestFinished(() => void taken.close());
    const peer = await LivePeer.make();
    const words = [
      'peer',
      '--json',
      '--no-lan',
      '--data',
      peer.data,
      '--downloads',
      peer.downloads,
      '--supernode',
      'never',
    ];
    const process = new ShoalProcess(words);
    const { listen } = await process.event('ready');
    expect(listen).not.toMatch(/:1214$/);
    const port = String(listen).split(':').at(-1);
    await until('the line', () => process.err.includes(`port 1214 is taken: listening on port ${port} instead\n`));
    expect(linesWith(process.err, 'taken')).toHaveLength(1);
    expect(linesWith(process.err, 'port')).toHaveLength(1);
  });
});

describe('the data folder', () => {
  test.each([
    [
      'random bytes in it',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes.set(seededBytes(bytes.length - 8192, 5), 8192);
        await writeFile(path, bytes);
      },
    ],
    ['its end cut off', async (path: string) => writeFile(path, (await readFile(path)).subarray(0, 10_000))],
    ['nothing but random bytes in it', (path: string) => writeFile(path, seededBytes(50_000, 6))],
  ])(
    'with a database that has %s: it is kept aside, and nothing that the user asked for is lost',
    async (_, damage) => {
      const { peer, get, sent, hurry } = await makeDownloader();
      await writeFile(join(peer.shared, 'a.txt'), 'a');
      const kept = join(peer.shared, '..', 'kept');
      await mkdir(kept);
      await writeFile(join(kept, 'b.txt'), 'b');
      await peer.start(...QUICK);
      await peer.shoal('share', 'add', kept);
      await peer.untilShared(2);
      await get();
      await peer.untilDownload('a part', ({ done }) => done >= 3 * MIB);
      const before = await peer.download();
      const { node } = peer;
      // Cleanly: after a kill the journal would mend most of what is damaged below.
      await peer.stop();
      const path = join(peer.data, 'shoal.db');
      await damage(path);
      const damaged = await readFile(path);
      await peer.start(...QUICK);
      expect(warnings(peer.process.err)).toEqual([
        expect.stringMatching(
          /the database was damaged: shared folders, unfinished downloads and saved searches are as before/,
        ),
      ]);
      expect(await readFile(`${path}.damaged-1`)).toEqual(damaged);
      expect(peer.node).toBe(node);
      await peer.untilShared(2);
      const shares = await peer.query('shares', {});
      expect(shares.map((share) => share.path)).toContain(kept);
      expect((await peer.download()).id).toBe(before.id);
      await hurry();
      await expectWhole(peer);
      // What the part held was not fetched again, but for what was in flight.
      expect(sent()).toBeLessThan(SIZE + 2 * MIB);
    },
  );

  test('of an older version is kept as a copy until the start after the update', async () => {
    const peer = await LivePeer.make();
    const kept = join(peer.shared, '..', 'kept');
    await mkdir(kept);
    await mkdir(peer.data);
    const open = (name: string) => new SqliteConnection({ path: join(peer.data, name), synchronous: 'normal' });
    const old = open('shoal.db');
    const database: Database = {
      all: async <Row>(sql: string, params?: readonly SqlValue[]) => old.all(sql, params) as Row[],
      transact: async (statements) => old.transact(statements),
      close: async () => old.close(),
    };
    const migrations = MIGRATIONS.filter(({ version }) => version <= 50);
    await migrate(database, { migrations, path: peer.data });
    await database.transact([toFolderInsert(kept)]);
    await database.close();
    const copies = async () => (await readdir(peer.data)).filter((name) => name.startsWith('shoal.db.version-'));
    await peer.start(...LEAF);
    await peer.stop();
    expect(await copies()).toEqual(['shoal.db.version-50']);
    const copy = open('shoal.db.version-50');
    expect(copy.all('PRAGMA user_version')).toEqual([{ user_version: 50 }]);
    expect(copy.all('SELECT path FROM shared_folders')).toEqual([{ path: kept }]);
    copy.close();
    await peer.start(...LEAF);
    await until('the copy to be removed', async () => !(await copies()).includes('shoal.db.version-50'));
    expect((await peer.query('shares', {})).map((share) => share.path)).toContain(kept);
  });

  test('with a bad value in the settings: that one has its default, and the file is kept aside', async () => {
    const peer = await LivePeer.make();
    await mkdir(peer.data);
    const text = JSON.stringify({ version: 1, settings: { 'upload.slots': 'many', 'upload.queue': 7 } });
    await writeFile(join(peer.data, 'settings.json'), text);
    await peer.start(...LEAF);
    expect(linesWith(peer.process.err, 'upload.slots')).toHaveLength(1);
    expect(await peer.shoal('settings', 'upload.queue')).toMatchObject([{ value: 7 }]);
    expect(await readFile(join(peer.data, 'settings.json.damaged-1'), 'utf8')).toBe(text);
  });

  test('with a damaged key does not start, and starts as before when a copy is put back', async () => {
    const peer = await LivePeer.make();
    await peer.start(...LEAF);
    const { node } = peer;
    await peer.kill();
    const path = join(peer.data, 'identity-key.pem');
    const key = await readFile(path);
    await writeFile(path, 'no key');
    const { status, err } = await runShoal('peer', '--data', peer.data, '--listen', '127.0.0.1:0');
    expect([status, err]).toEqual([
      1,
      `shoal: cannot use ${path}: it does not hold a private key; put a copy of it back, or move it away to start as another peer\n`,
    ]);
    await writeFile(path, key);
    await peer.start(...LEAF);
    expect(peer.node).toBe(node);
  });

  test('without its key makes another, and says how to be the old peer again', async () => {
    const peer = await LivePeer.make();
    await peer.start(...LEAF);
    const { node } = peer;
    await peer.kill();
    const path = join(peer.data, 'identity-key.pem');
    await rename(path, `${path}.away`);
    await peer.start(...LEAF);
    expect(linesWith(peer.process.err, 'the key was missing')).toHaveLength(1);
    expect(peer.node).not.toBe(node);
    await peer.kill();
    await rename(`${path}.away`, path);
    await peer.start(...LEAF);
    expect(peer.node).toBe(node);
  });

  test('that is a file is refused in one line', async () => {
    const { data } = await LivePeer.make();
    await writeFile(data, '');
    const { status, err } = await runShoal('peer', '--data', data);
    expect([status, err]).toEqual([
      1,
      `shoal: cannot use ${data}: it is not a folder; mend that, or give another --data\n`,
    ]);
  });

  test.skipIf(isDiskless)('on a read-only disk is refused in one line', async () => {
    const { data } = await LivePeer.make();
    await mkdir(data);
    new SmallDisk(data, 1).makeReadOnly(true);
    const { status, err } = await runShoal('peer', '--data', data);
    expect([status, err]).toEqual([
      1,
      `shoal: cannot use ${data}: the disk is read-only; mend that, or give another --data\n`,
    ]);
  });

  test.skipIf(isDiskless)(
    'on a full disk: the peer goes on, commands say why they fail, and succeed when there is space',
    async () => {
      const peer = await LivePeer.make({ 'a.txt': 'a' });
      await mkdir(peer.data);
      const disk = new SmallDisk(peer.data, 2);
      await peer.start(...LEAF, '--set', 'library.disk-retry=300');
      await peer.untilShared(1);
      const free = await disk.fill();
      await mkdir(join(peer.shared, 'more'));
      const add = () => runShoal('share', 'add', join(peer.shared, 'more'), '--data', peer.data);
      const failed = await add();
      expect([failed.status, linesWith(failed.err, 'shoal: no space left for').length]).toEqual([1, 1]);
      await writeFile(join(peer.shared, 'b.txt'), 'b');
      await until(
        'the failure to be told',
        () => linesWith(peer.process.err, 'the data folder cannot be used').length > 0,
      );
      expect(await peer.shoal('status')).toMatchObject([{ files: 1 }]);
      await free();
      expect((await add()).status).toBe(0);
      await peer.untilShared(2);
      expect(warnings(peer.process.err)).toEqual([expect.stringContaining('the data folder cannot be used')]);
    },
  );
});
