import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { runShoal, startPeer } from '../../support/peer-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A folder with `data` (not made yet) and `downloads`. */
async function makePlaces() {
  const root = await temporaryFolder();
  await mkdir(join(root, 'downloads'));
  return { root, data: join(root, 'data'), options: ['--downloads', join(root, 'downloads')] };
}

describe('shoal peer', () => {
  test('says ready first, answers commands, and ends with 0 on SIGTERM, leaving nothing of a running peer', async () => {
    const { data, options } = await makePlaces();
    const peer = startPeer(data, ...options);
    const ready = await peer.event('ready');
    expect(peer.lines[0]).toBe(ready);
    expect(ready).toEqual({
      event: 'ready',
      node: expect.stringMatching(/^[0-9a-f]{64}$/),
      listen: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      web: null,
      data,
    });
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    const { status, lines } = await runShoal('status', '--json', '--data', data);
    expect(status).toBe(0);
    expect(lines).toMatchObject([{ node: ready.node, listen: ready.listen, reachability: 'unknown' }]);
    expect(lines[0]?.election).toContainEqual({ name: 'allowed', needed: 1, measured: 1, holds: true });
    peer.process.kill('SIGTERM');
    expect(await peer.status).toBe(0);
    expect(await readdir(data)).not.toContain('control.json');
    expect((await runShoal('status', '--data', data)).status).toBe(3);
  });

  test('keeps its name over restarts, even after a kill', async () => {
    const { data, options } = await makePlaces();
    const first = startPeer(data, ...options);
    const { node } = await first.event('ready');
    await first.kill();
    const second = startPeer(data, ...options);
    expect((await second.event('ready')).node).toBe(node);
  });

  test('is the only one on its data folder', async () => {
    const { data, options } = await makePlaces();
    const first = startPeer(data, ...options);
    await first.event('ready');
    const second = startPeer(data, ...options);
    expect(await second.status).toBe(1);
    expect(second.lines).toEqual([]);
    expect(second.err).toBe(
      `shoal: a peer (process ${first.process.pid}) already runs on ${data}: stop it with "shoal stop", or give another --data\n`,
    );
  });

  test('ends when asked by "shoal stop", which waits for it', async () => {
    const { data, options } = await makePlaces();
    const peer = startPeer(data, ...options);
    await peer.event('ready');
    const { status } = await runShoal('stop', '--data', data);
    expect(status).toBe(0);
    expect(await peer.status).toBe(0);
  });

  test('ends with 1 when the address it was told is taken', async () => {
    const { data } = await makePlaces();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { status, err } = await runShoal('peer', '--data', data, '--listen', `127.0.0.1:${port}`);
    expect(status).toBe(1);
    expect(err).toContain(`shoal: 127.0.0.1:${port} is taken`);
  });

  test('ends with 1 and says why when the page cannot be served', async () => {
    const { data, options } = await makePlaces();
    // Where the token of collectors should be written.
    await mkdir(join(data, 'metrics-token'), { recursive: true, mode: 0o700 });
    const { status, lines, err } = await runShoal('peer', '--data', data, ...options, '--web', '127.0.0.1:0');
    expect(status).toBe(1);
    expect(lines).toEqual([]);
    expect(err).toMatch(/^shoal: cannot use .*metrics-token: .+\n$/m);
    expect(await readdir(data)).not.toContain('control.json');
  });

  test('ends with 4 when a folder to share is not there', async () => {
    const { root, data } = await makePlaces();
    const { status, err } = await runShoal('peer', '--data', data, '--share', join(root, 'nowhere'));
    expect(status).toBe(4);
    expect(err).toContain('nowhere is not a folder');
  });

  test('shares a folder given for this run, and keeps one that was added', async () => {
    const { root, data, options } = await makePlaces();
    for (const name of ['once', 'kept']) {
      await mkdir(join(root, name));
      await writeFile(join(root, name, 'file.txt'), name);
    }
    const first = startPeer(data, ...options, '--share', join(root, 'once'), '--set', 'library.settle=0');
    expect(await first.event('library')).toMatchObject({ files: 1, bytes: 4 });
    expect((await runShoal('share', 'add', join(root, 'kept'), '--data', data)).status).toBe(0);
    await runShoal('stop', '--data', data);
    const second = startPeer(data, ...options);
    await second.event('ready');
    const { lines } = await runShoal('share', 'list', '--json', '--data', data);
    // What was downloaded is shared as well, as the settings say.
    expect(lines.map((line) => line.path)).toEqual([join(root, 'downloads'), join(root, 'kept')]);
  });
});

describe('settings', () => {
  test('for this run are not kept, set ones are in force at once and kept', async () => {
    const { data, options } = await makePlaces();
    const first = startPeer(data, ...options, '--set', 'upload.slots=9');
    await first.event('ready');
    const shownValue = async (key: string) =>
      (await runShoal('settings', key, '--json', '--data', data)).lines[0]?.value;
    expect(await shownValue('upload.slots')).toBe(9);
    const { lines } = await runShoal('settings', 'upload.queue', '77', '--json', '--data', data);
    expect(lines).toEqual([{ key: 'upload.queue', value: 77, restartNeeded: false }]);
    expect(await shownValue('upload.queue')).toBe(77);
    await runShoal('stop', '--data', data);
    await startPeer(data, ...options).event('ready');
    expect(await shownValue('upload.queue')).toBe(77);
    expect(await shownValue('upload.slots')).toBe(DEFAULT_SETTINGS['upload.slots']);
  });

  test('a damaged file costs one line of the log and is kept aside', async () => {
    const { data, options } = await makePlaces();
    await mkdir(data);
    await writeFile(join(data, 'settings.json'), '{ broken');
    const peer = startPeer(data, ...options);
    await peer.event('ready');
    expect(peer.err.split('\n').filter((line) => line.includes('damaged'))).toHaveLength(1);
    expect(await readFile(join(data, 'settings.json.damaged-1'), 'utf8')).toBe('{ broken');
  });
});
