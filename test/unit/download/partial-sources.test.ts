import { describe, expect, test } from 'vitest';
import { formatContentRange } from '../../../src-main/contract/content-range.ts';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;
const PATH = `${FOLDER}/file.bin`;

/** The chunks for which `holds` is true. */
function mapOf(length: number, holds: (chunk: number) => boolean): ChunkMap {
  const map = new ChunkMap(length);
  for (let chunk = 0; chunk < length; chunk++) if (holds(chunk)) map.add(chunk);
  return map;
}
const named = (source: ScriptedSource, complete = false) => ({
  node: source.peer.nodeId,
  address: source.address,
  complete,
});
const whole = async (world: DownloadWorld, bytes: Uint8Array) =>
  expect(Buffer.compare(await world.content(PATH), bytes)).toBe(0);

describe('sources that are still loading the file themselves', () => {
  test('complete it together, each asked only for what it has', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(24 * MIB + 5);
    const [even, odd] = await Promise.all([world.source(file, 8 * MIB), world.source(file, 8 * MIB)]);
    even.script.held = mapOf(25, (chunk) => chunk % 2 === 0);
    odd.script.held = mapOf(25, (chunk) => chunk % 2 === 1);
    const refused: number[] = [];
    for (const { script } of [even, odd]) {
      script.answer = ({ path, headers }) => {
        const start = Number(/bytes=(\d+)/.exec(headers.range ?? '')?.[1]);
        if (path === `/content/${file.hash}` && !script.held?.has(start / MIB)) refused.push(start / MIB);
        return undefined;
      };
    }
    const id = await world.add(file, [even, odd]);
    await world.until(id, 'done');
    await whole(world, file.bytes);
    // Each may be asked once for what it turns out not to have: nobody said that it is partial.
    expect(refused.length).toBeLessThanOrEqual(2);
    expect(world.strikes).toEqual([]);
  });

  test('are asked for more as they get it', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(12 * MIB);
    const source = await world.source(file);
    source.script.held = mapOf(12, (chunk) => chunk < 3);
    const id = await world.add(file, [source]);
    await world.clock.runUntil(() => world.view(id).done === 3 * MIB, 20_000);
    await world.clock.advance(5000);
    expect(world.view(id)).toMatchObject({ state: 'downloading', sources: [{ state: 'idle', held: 3 }] });
    source.script.held = mapOf(12, (chunk) => chunk < 7);
    const ms = await world.clock.runUntil(() => world.view(id).done === 7 * MIB, 20_000);
    expect(ms).toBeLessThan(1500);
    delete source.script.held;
    await world.until(id, 'done');
    await whole(world, file.bytes);
    expect(world.view(id).sources).toMatchObject([{ held: null }]);
  });

  test('that fall silent while nothing is asked of them are tried again, wherever they are by then', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const source = await world.source(file);
    source.script.held = mapOf(4, (chunk) => chunk < 2);
    const id = await world.add(file, [source]);
    await world.clock.runUntil(() => world.view(id).done === 2 * MIB, 20_000);
    world.network.kill(source.peer);
    await world.clock.runUntil(() => world.view(id).sources[0]?.state === 'unreachable', 60_000);
    const again = await world.source(file);
    world.downloads.met(file.hash, { ...again.found, nodeId: source.peer.nodeId, isPartial: true, by: 'itself' });
    await world.clock.advance(1000);
    // Another key answers there: the source itself is not back.
    expect(world.view(id).done).toBe(2 * MIB);
    world.downloads.met(file.hash, { ...again.found, isPartial: true, by: 'itself' });
    await world.until(id, 'done');
    await whole(world, file.bytes);
  });

  test('hold no place of one that has what is missing', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const [lacking, having] = await Promise.all([world.source(file), world.source(file)]);
    lacking.script.held = mapOf(4, (chunk) => chunk < 3);
    // One at a time, and one chunk left, with a source at work that does not have it.
    const id = await world.add(file, [lacking], { maxSources: 1 });
    await world.clock.runUntil(() => world.view(id).done === 3 * MIB, 20_000);
    world.downloads.addSource(id, having.found);
    await world.until(id, 'done', 5000);
    await whole(world, file.bytes);
  });

  test('that have nothing for us make room for others, however many they are', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const empty = await Promise.all(Array.from({ length: 5 }, () => world.source(file)));
    for (const { script } of empty) script.held = mapOf(4, () => false);
    const id = await world.add(file, empty, { maxSources: 1 });
    await world.clock.advance(5000);
    expect(world.view(id).sources.map(({ reason }) => reason)).toContain('content.lacks');
    const seed = await world.source(file);
    world.downloads.addSource(id, seed.found);
    await world.until(id, 'done', 10_000);
    await whole(world, file.bytes);
  });

  test('cannot be pushed out of reach by addresses that others make up', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const [liar, honest] = await Promise.all([world.source(file), world.source(file, MIB)]);
    liar.script.held = mapOf(8, () => false);
    liar.script.names = Array.from({ length: 4 }, (_, at) => ({ ...named(honest), address: `10.9.9.${at}:1` }));
    const supernode = 'd'.repeat(64) as NodeId;
    const id = await world.add(file, [liar], { sources: [liar.found, { ...honest.found, namedBy: supernode }] });
    await world.clock.runUntil(() => world.view(id).done > 2 * MIB, 20_000);
    expect(world.view(id).sources.find(({ node }) => node === honest.peer.nodeId)?.address).toBe(honest.address);
    await world.kill();
    await world.until(id, 'done');
    expect(world.judged.filter(({ outcome }) => outcome === 'false')).toEqual([]);
  });

  test('are named by other sources, and found so', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => world.source(file, 4 * MIB)));
    if (!first || !second || !third) throw new Error('no sources');
    first.script.held = mapOf(8, (chunk) => chunk < 2);
    second.script.held = mapOf(8, (chunk) => chunk >= 2 && chunk < 4);
    first.script.names = [named(second), { node: 'no node', address: 'nowhere', complete: true }];
    second.script.names = [named(third, true)];
    const id = await world.add(file, [first]);
    // One entry that is none spoils the answer: who writes such is not to be listened to.
    await world.clock.advance(3000);
    expect(world.view(id).sources).toHaveLength(1);
    first.script.names = [named(second)];
    await world.until(id, 'done');
    await whole(world, file.bytes);
    expect(world.view(id).sources).toHaveLength(3);
  });

  test('that ask for the file themselves are sources from then on', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const [first, second] = await Promise.all([world.source(file), world.source(file)]);
    first.script.held = mapOf(4, (chunk) => chunk < 2);
    second.script.held = mapOf(4, (chunk) => chunk >= 2);
    const id = await world.add(file, [first]);
    await world.clock.advance(5000);
    expect(world.view(id).done).toBe(2 * MIB);
    world.downloads.met(file.hash, { ...second.found, isPartial: true, by: 'itself' });
    await world.until(id, 'done');
    await whole(world, file.bytes);
  });

  test('strangers cannot fill the list of sources with names', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const source = await world.source(file);
    source.script.held = mapOf(4, () => false);
    const id = await world.add(file, [source]);
    await world.clock.advance(1000);
    for (let number = 0; number < 1000; number++) {
      const nodeId = number.toString(16).padStart(64, 'c') as never;
      world.downloads.met(file.hash, { nodeId, addresses: [], isPartial: true, by: 'itself' });
    }
    expect(world.view(id).sources).toHaveLength(201);
    // Nor over a restart, nor so that an honest one that asks is not taken in.
    await world.clock.advance(3000);
    await world.kill();
    const late = await world.source(file);
    late.script.held = mapOf(4, (chunk) => chunk < 2);
    world.downloads.met(file.hash, { ...late.found, isPartial: true, by: 'itself' });
    await world.clock.runUntil(() => world.view(id).done === 2 * MIB, 30_000);
    expect(world.view(id).sources.length).toBeLessThanOrEqual(202);
    const found = await world.source(file);
    world.downloads.addSource(id, found.found);
    await world.until(id, 'done');
  });

  test('a source that claims what it then refuses is left alone for a while', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const [liar, honest] = await Promise.all([world.source(file), world.source(file, MIB)]);
    let asked = 0;
    liar.script.answer = ({ path }) => {
      if (path !== `/content/${file.hash}`) return undefined;
      asked++;
      return { status: 416, headers: { 'x-available-ranges': `bytes 0-${file.bytes.length - 1}` } };
    };
    const id = await world.add(file, [liar, honest]);
    await world.until(id, 'done');
    await whole(world, file.bytes);
    expect(asked).toBeLessThanOrEqual(2);
    expect(world.view(id).sources).toMatchObject([{ state: 'unreachable', reason: 'content.range' }, {}]);
  });
});

describe('a source that answers well and brings nothing', () => {
  const FROM = /^bytes=(\d+)-/;

  test('is left alone after three answers of one byte, and costs the others nothing', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const [miser, honest] = await Promise.all([world.source(file), world.source(file, MIB)]);
    let asked = 0;
    miser.script.answer = ({ path, headers }) => {
      if (path !== `/content/${file.hash}`) return undefined;
      asked++;
      const start = Number(FROM.exec(headers.range ?? '')?.[1]);
      const range = formatContentRange({ start, end: start + 1, size: file.bytes.length });
      return { status: 206, headers: { 'content-range': range }, body: file.bytes.slice(start, start + 1) };
    };
    const id = await world.add(file, [miser]);
    await world.clock.runUntil(() => world.view(id).sources[0]?.state === 'unreachable', 2000);
    // Two are under way at once.
    expect(asked).toBeLessThanOrEqual(4);
    expect(world.view(id).sources).toMatchObject([{ reason: 'content.slow', bytes: 0 }]);
    world.downloads.addSource(id, honest.found);
    await world.until(id, 'done');
    await whole(world, file.bytes);
    expect(asked).toBeLessThanOrEqual(12);
  });

  test('is left alone after eight refusals, each of which names other chunks', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const fickle = await world.source(file);
    let asked = 0;
    fickle.script.held = mapOf(8, () => true);
    fickle.script.answer = ({ path, headers }) => {
      if (path !== `/content/${file.hash}`) return undefined;
      asked++;
      const chunk = Number(FROM.exec(headers.range ?? '')?.[1]) / MIB;
      const other = (chunk + 1) % 8;
      return { status: 416, headers: { 'x-available-ranges': `bytes ${other * MIB}-${(other + 1) * MIB - 1}` } };
    };
    const id = await world.add(file, [fickle]);
    await world.clock.runUntil(() => world.view(id).sources[0]?.state === 'unreachable', 2000);
    expect(asked).toBeLessThanOrEqual(9);
    expect(world.view(id).sources).toMatchObject([{ reason: 'content.slow' }]);
    delete fickle.script.answer;
    await world.until(id, 'done');
    await whole(world, file.bytes);
  });

  test('is forgiven two such answers by each chunk that is verified', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const source = await world.source(file);
    let asked = 0;
    source.script.answer = ({ path, headers }) => {
      if (path !== `/content/${file.hash}` || asked++ % 3 === 2) return undefined;
      const start = Number(FROM.exec(headers.range ?? '')?.[1]);
      const range = formatContentRange({ start, end: start + 1, size: file.bytes.length });
      return { status: 206, headers: { 'content-range': range }, body: file.bytes.slice(start, start + 1) };
    };
    const id = await world.add(file, [source]);
    await world.until(id, 'done', 4000);
    await whole(world, file.bytes);
  });
});

describe('what is here of a file that is loading', () => {
  test('may be read by others, chunk by chunk as it is verified, until it is whole or paused', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const source = await world.source(file, MIB);
    const id = await world.add(file, [source]);
    await world.clock.runUntil(() => world.view(id).done >= 2 * MIB, 20_000);
    const part = await world.downloads.openPart(file.hash);
    if (!part) throw new Error('no part');
    expect(part).toMatchObject({ size: 8 * MIB, name: 'file.bin' });
    expect(world.downloads.partLayer(file.hash, 8 * MIB)).toEqual(file.chunkLayer);
    expect(world.downloads.partLayer(file.hash, 9 * MIB)).toBeUndefined();
    const before = part.part.held().copy();
    expect(before.count * MIB).toBe(world.view(id).done);
    const chunk = before.nextHeld() ?? 0;
    const bytes = new Uint8Array(MIB);
    await part.handle.read(bytes, chunk * MIB);
    expect(Buffer.compare(bytes, file.bytes.subarray(chunk * MIB, (chunk + 1) * MIB))).toBe(0);
    await world.clock.runUntil(() => world.view(id).done >= 4 * MIB, 20_000);
    expect(part.part.held().count).toBeGreaterThan(before.count);
    await world.downloads.pause(id);
    expect(part.part.isServed()).toBe(false);
    expect(await world.downloads.openPart(file.hash)).toBeUndefined();
    await part.handle.close();
    await world.downloads.resume(id);
    await world.until(id, 'done');
    expect(await world.downloads.openPart(file.hash)).toBeUndefined();
    expect(world.files.openHandles).toBe(0);
  });
});
