import { expect, it } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { chunksViewSchema } from '../../../src-main/contract/transfer.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import { DownloadWorld, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;

/** The chunks that a face reads out of the answer. */
function read(world: DownloadWorld, id: DownloadId) {
  const view = chunksViewSchema.parse(world.downloads.chunks(id));
  const verified = ChunkMap.fromBytes(new Uint8Array(Buffer.from(view.verified, 'base64')), view.chunks);
  if (!verified) throw new Error('no chunk map');
  return { ...view, verified };
}

it('are unknown with the size, then missing, then whole', async () => {
  const world = await DownloadWorld.start();
  const file = makeFile(9 * MIB + 1);
  const id = await world.downloads.add({ hash: file.hash });
  await world.clock.advance(1000);
  expect(world.downloads.chunks(id)).toEqual({ size: null, chunks: 0, verified: '', availability: [], asked: [] });
  const source = await world.source(file, MIB);
  source.script.answer = ({ path }) => (path.endsWith('/tree') ? undefined : { status: 404 });
  world.downloads.addSource(id, source.found);
  await world.clock.advance(3000);
  const missing = { size: 9 * MIB + 1, chunks: 10, verified: 'AAA=', asked: [] };
  // The only source has refused.
  expect(world.downloads.chunks(id)).toEqual({ ...missing, availability: new Array(10).fill(0) });
  delete source.script.answer;
  await world.until(id, 'done');
  const whole = { size: 9 * MIB + 1, chunks: 10, verified: '/8A=', availability: [], asked: [] };
  expect(world.downloads.chunks(id)).toEqual(whole);
  await world.kill();
  expect(world.downloads.chunks(id)).toEqual(whole);
});

it('of a running download are what was verified and what each source is asked for', async () => {
  const world = await DownloadWorld.start();
  const file = makeFile(40 * MIB);
  const sources = await Promise.all([world.source(file, 2 * MIB), world.source(file, 2 * MIB)]);
  const id = await world.add(file, sources);
  await world.clock.runUntil(() => world.view(id).done >= 12 * MIB, 20_000);
  const { verified, asked, chunks } = read(world, id);
  expect(chunks).toBe(40);
  expect(verified.count * MIB).toBe(world.view(id).done);
  expect(new Set(asked.map(({ node }) => node))).toEqual(new Set(sources.map(({ peer }) => peer.nodeId)));
  for (const { node, first, last } of asked) {
    expect(first).toBeLessThanOrEqual(last);
    for (let chunk = first; chunk <= last; chunk++) expect(verified.has(chunk)).toBe(false);
    const source = sources.find(({ peer }) => peer.nodeId === node);
    expect(source?.asked.some(({ start, end }) => start <= first * MIB && (last + 1) * MIB <= end)).toBe(true);
  }
});

it('of a paused download stay, also after a restart, and with them the bytes that are shown', async () => {
  const world = await DownloadWorld.start();
  const file = makeFile(20 * MIB + 5);
  const id = await world.add(file, [await world.source(file, 4 * MIB)]);
  await world.clock.runUntil(() => world.view(id).done >= 7 * MIB, 20_000);
  await world.downloads.pause(id);
  const { done } = world.view(id);
  const before = world.downloads.chunks(id);
  expect(before).toMatchObject({ chunks: 21, asked: [] });
  expect(read(world, id).verified.count).toBeGreaterThanOrEqual(7);
  await world.kill();
  expect(world.downloads.chunks(id)).toEqual(before);
  expect(world.view(id)).toMatchObject({ state: 'paused', done });
});

it('may be had of so many sources', async () => {
  const world = await DownloadWorld.start();
  const file = makeFile(6 * MIB);
  const [some, others] = await Promise.all([world.source(file), world.source(file)]);
  const [first, second] = [new ChunkMap(6), new ChunkMap(6)];
  first.addRange({ start: 0, end: 3 });
  second.addRange({ start: 2, end: 4 });
  some.script.held = first;
  others.script.held = second;
  const id = await world.add(file, [some, others]);
  await world.clock.runUntil(() => world.view(id).done === 4 * MIB, 20_000);
  // Of those that are here it is told as well, of those that nobody has too.
  expect(world.downloads.chunks(id).availability).toEqual([2, 2, 2, 2, 0, 0]);
});
