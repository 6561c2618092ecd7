import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import { createEngine, type Engine } from '../../src-main/engine/engine.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { openPorts } from '../../src-main/platform/open-ports.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { until } from '../support/live-peer.ts';
import { bytesOf, download, startReading } from '../support/media-world.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MIB = 2 ** 20;

/** A real peer in this process, by the engine's door. */
async function startEngine(folder: string, change: Partial<Settings>): Promise<Engine> {
  const values = { ...DEFAULT_SETTINGS, 'library.settle': 0, 'library.gather': 0, ...change };
  const settings = {
    get: () => values,
    set: async () => {
      throw new Error('no setting is changed here');
    },
  };
  const files = new NodeFileSystem();
  const logger = new MemoryLogger();
  const paths = { data: join(folder, 'data'), shared: join(folder, 'shared'), downloads: join(folder, 'downloads') };
  for (const path of Object.values(paths)) await mkdir(path, { recursive: true });
  const { ports, close } = await openPorts({ folder: paths.data, files, logger, settings: () => values });
  const engine = createEngine(ports, {
    dataFolder: paths.data,
    downloadsFolder: paths.downloads,
    listen: { host: '127.0.0.1', port: 0 },
    fallbackPort: false,
    bootstrap: [],
    builtIn: [],
    shares: [paths.shared],
    settings,
  });
  onTestFinished(close);
  onTestFinished(() => engine.stop());
  await engine.start();
  return engine;
}

test('a film is looked at in its middle long before it is here, and whole afterwards; the sharer shows it too', async () => {
  const folder = await temporaryFolder();
  const bytes = seededBytes(40 * MIB + 321, 3);
  bytes.set(Buffer.from('RIFF\u0001\u0001\u0001\u0001WAVEfmt '));
  await mkdir(join(folder, 'a', 'shared'), { recursive: true });
  await writeFile(join(folder, 'a', 'shared', 'noise.wav'), bytes);
  const sharer = await startEngine(join(folder, 'a'), {});
  const [file] = await until('shared', async () => {
    const { files } = await sharer.query('shares.files', {});
    return files.length > 0 ? files : undefined;
  });
  if (!file) throw new Error('nothing is shared');

  const looker = await startEngine(join(folder, 'b'), { 'download.rate': 8 * MIB });
  const { host, port } = sharer.listening();
  const { id } = await looker.command('download.add', {
    hash: file.hash,
    size: file.size,
    name: 'noise.wav',
    sources: [{ target: `shoal://${sharer.nodeId}@${host}:${port}` }],
  });
  const media = await looker.media(download(id));
  expect(media).toMatchObject({ name: 'noise.wav', size: bytes.length, type: 'audio/wav' });
  const middle = startReading(media, { start: 25 * MIB + 7, end: 26 * MIB });
  await until('the middle is here', () => middle.ended !== undefined);
  expect(Buffer.compare(bytesOf(middle), bytes.subarray(25 * MIB + 7, 26 * MIB + 1))).toBe(0);
  expect((await looker.query('downloads', {}))[0]?.done).toBeLessThan(20 * MIB);

  const whole = startReading(media, { start: 0, end: bytes.length - 1 });
  await until('all is read', () => whole.ended !== undefined);
  expect(whole.ended).toBe('whole');
  expect(Buffer.compare(bytesOf(whole), bytes)).toBe(0);
  await until('done', async () => (await looker.query('downloads', {}))[0]?.state === 'done');
  expect(Buffer.compare(await readFile(join(folder, 'b', 'downloads', 'noise.wav')), bytes)).toBe(0);

  const shared = { kind: 'shared', hash: file.hash } as const;
  for (const [peer, request] of [
    [sharer, shared],
    [looker, download(id)],
  ] as const) {
    expect(await peer.query('media.type', request)).toEqual({ type: 'audio/wav', mayOpen: true });
    const again = startReading(await peer.media(request), { start: 3 * MIB - 5, end: 3 * MIB + 5 });
    await until('read again', () => again.ended !== undefined);
    expect(Buffer.compare(bytesOf(again), bytes.subarray(3 * MIB - 5, 3 * MIB + 6))).toBe(0);
  }
  await expect(looker.media({ kind: 'shared', hash: 'x' as never })).rejects.toMatchObject({ code: 'input.invalid' });
});
