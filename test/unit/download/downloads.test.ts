import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;
const PATH = `${FOLDER}/file.bin`;
const sent = (sources: readonly ScriptedSource[]): number => sources.reduce((sum, source) => sum + source.sentBytes, 0);

describe('downloads', () => {
  it('fetches a file from four sources at once, whole and under its name', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(24 * MIB + 12_345);
    const sources = await Promise.all([1, 2, 3, 4].map(() => world.source(file, 4 * MIB)));
    const id = await world.add(file, sources);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
    for (const source of sources) expect(source.sentBytes).toBeGreaterThan(2 * MIB);
    expect(world.finished.map(({ path }) => path)).toEqual([PATH]);
    expect((await world.files.list(`${FOLDER}/.shoal-parts`)) ?? []).toEqual([]);
  });

  it.each([1, 63, 16_384, 16_385, MIB - 1, MIB, MIB + 1])('fetches a file of %i bytes', async (size) => {
    const world = await DownloadWorld.start();
    const file = makeFile(size);
    const id = await world.add(file, [await world.source(file)]);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
  });

  it('learns an unknown size from a source', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(3 * MIB);
    const source = await world.source(file);
    const id = await world.downloads.add({ hash: file.hash, sources: [{ ...source.found, size: undefined } as never] });
    await world.until(id, 'done');
    expect(world.view(id).size).toBe(3 * MIB);
  });

  it('uses unequal sources to nearly the sum of their rates', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(300 * MIB);
    const sources = await Promise.all([5, 10, 25, 60].map((rate) => world.source(file, rate * 1e6)));
    const id = await world.add(file, sources);
    const ms = await world.until(id, 'done');
    const ideal = (300 * MIB) / 100e6;
    expect(ideal / (ms / 1000)).toBeGreaterThan(0.9);
    expect(sent(sources)).toBeLessThan(1.03 * 300 * MIB);
  });

  it('names and bans the source that sends bad bytes, and gets the file from the others', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(16 * MIB);
    const sources = await Promise.all([1, 2, 3].map(() => world.source(file, 4 * MIB)));
    const [bad] = sources as [ScriptedSource];
    bad.script.badChunks = new Set(Array.from({ length: 16 }, (_, chunk) => chunk));
    const id = await world.add(file, sources);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
    const view = world.view(id).sources.find(({ node }) => node === bad.peer.nodeId);
    expect(view).toMatchObject({ state: 'banned', reason: 'content.bad-bytes', bytes: 0 });
    expect(world.strikes).toEqual([bad.peer.nodeId]);
  });

  it('replaces a source that dies within two seconds and fetches at most 2 MiB of it again', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(40 * MIB);
    const sources = await Promise.all([1, 2].map(() => world.source(file, 4 * MIB)));
    const [first, second] = sources as [ScriptedSource, ScriptedSource];
    const id = await world.add(file, [first]);
    await world.clock.runUntil(() => world.view(id).done > 10 * MIB, 20_000);
    world.downloads.addSource(id, second.found);
    world.network.kill(first.peer);
    const before = world.view(id).done;
    await world.clock.advance(2000);
    expect(second.sentBytes).toBeGreaterThan(MIB);
    expect(world.view(id).done).toBeGreaterThan(before);
    await world.until(id, 'done');
    expect(sent(sources)).toBeLessThanOrEqual(42 * MIB);
  });

  it('gives a silent source up after ten seconds and goes on with another', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const silent = await world.source(file);
    silent.script.stallsAfter = 2 * MIB;
    const id = await world.add(file, [silent]);
    await world.clock.runUntil(() => silent.sentBytes >= 2 * MIB, 5000);
    const ms = await world.clock.runUntil(() => world.view(id).sources[0]?.reason === 'content.stalled', 30_000);
    expect(ms).toBeGreaterThan(9000);
    expect(ms).toBeLessThan(11_500);
    world.downloads.addSource(id, (await world.source(file)).found);
    await world.until(id, 'done');
  });

  it('goes on after a kill at any moment without fetching more than 2 MiB a source again', async () => {
    for (const killAt of [0, 1, 3 * MIB, 9 * MIB, 15 * MIB, 20 * MIB]) {
      const world = await DownloadWorld.start(killAt + 1);
      const file = makeFile(20 * MIB);
      const sources = await Promise.all([1, 2].map(() => world.source(file, 4 * MIB)));
      const id = await world.add(file, sources);
      await world.clock.runUntil(() => world.view(id).done >= killAt, 60_000);
      await world.kill();
      await world.until(id, 'done');
      expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
      expect(sent(sources), `killed at ${killAt}`).toBeLessThanOrEqual(20 * MIB + 2 * 2 * MIB);
    }
  });

  it('cannot be held up by sources that are slow on purpose, however many', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(64 * MIB);
    const trickling = await Promise.all(Array.from({ length: 16 }, () => world.source(file, 9000)));
    const id = await world.add(file, trickling);
    await world.clock.advance(5000);
    const good = await world.source(file, 2 * MIB);
    world.downloads.addSource(id, good.found);
    const ms = await world.until(id, 'done', 180_000);
    // Its own 32 s, and the time in which the slow ones may show that they are.
    expect(ms).toBeLessThan(70_000);
    expect(world.view(id).sources.map(({ reason }) => reason)).toContain('content.slow');
  });

  it('keeps a slow source while no other waits for its place', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(120 * MIB);
    const [slow, fast] = [await world.source(file, 64 * 1024), await world.source(file, 2 * MIB)];
    const id = await world.add(file, [slow, fast]);
    await world.until(id, 'done');
    expect(slow.sentBytes).toBeGreaterThan(2 * MIB);
    expect(world.view(id).sources).toMatchObject([{ reason: null }, { reason: null }]);
  });

  it('waits in a queue as long as it is told, then goes on', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const source = await world.source(file);
    const polls: number[] = [];
    source.script.answer = (request) => {
      if (request.path !== `/content/${file.hash}`) return undefined;
      polls.push(world.clock.monotonicMs());
      return polls.length < 4
        ? { status: 503, headers: { 'retry-after': '20', 'x-queue': 'position=3, length=9, eta=60' } }
        : undefined;
    };
    const id = await world.add(file, [source]);
    await world.until(id, 'queued');
    expect(world.view(id)).toMatchObject({ reason: 'content.queued', sources: [{ state: 'queued', queue: 3 }] });
    await world.until(id, 'done');
    for (let i = 1; i < 4; i++) expect((polls[i] ?? 0) - (polls[i - 1] ?? 0)).toBeGreaterThanOrEqual(20_000);
  });

  it('stays without sources, says so, and goes on by itself when one is found', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const id = await world.add(file, []);
    await world.clock.advance(5000);
    expect(world.view(id)).toMatchObject({ state: 'searching', reason: 'download.no-sources' });
    world.findable = [(await world.source(file)).found];
    await world.until(id, 'done', 3_600_000);
  });

  it('tells what each source sent that was verified', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB + 5);
    const sources = [await world.source(file, MIB), await world.source(file, MIB)];
    const id = await world.add(file, sources);
    await world.until(id, 'done');
    const bytes = sources.map(({ found }) => world.received.get(found.nodeId) ?? 0);
    expect(Math.min(...bytes)).toBeGreaterThanOrEqual(MIB);
    // The last chunks may have come from both.
    expect(Math.max(...bytes)).toBeLessThan(8 * MIB + 5);
    expect(bytes.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(8 * MIB + 5);
  });

  it('blames the supernode that named a source which has not got the file', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const supernode = 'c'.repeat(64) as NodeId;
    const source = await world.source(makeFile(MIB, 99));
    const id = await world.downloads.add({
      hash: file.hash,
      size: 2 * MIB,
      sources: [{ ...source.found, namedBy: supernode }],
    });
    await world.clock.advance(3000);
    expect(world.judged).toContainEqual({ supernode, outcome: 'false' });
    expect(world.view(id).sources[0]).toMatchObject({ state: 'unreachable', reason: 'content.not-found' });
  });

  it('never replaces a file that stands there', async () => {
    const world = await DownloadWorld.start();
    world.files.putFile(PATH, 'mine');
    const file = makeFile(MIB);
    const id = await world.add(file, [await world.source(file)]);
    await world.until(id, 'done');
    expect(world.view(id).path).toBe(`${FOLDER}/file (2).bin`);
    expect(new TextDecoder().decode(await world.content(PATH))).toBe('mine');
  });

  it('pauses, resumes and cancels as told', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(20 * MIB);
    const source = await world.source(file, 4 * MIB);
    const id = await world.add(file, [source]);
    await world.clock.runUntil(() => world.view(id).done > 4 * MIB, 20_000);
    await world.downloads.pause(id);
    const paused = source.sentBytes;
    await world.clock.advance(30_000);
    expect(world.view(id).state).toBe('paused');
    expect(source.sentBytes).toBeLessThanOrEqual(paused + MIB);
    await world.downloads.resume(id);
    await world.clock.runUntil(() => world.view(id).done > 8 * MIB, 20_000);
    await world.downloads.cancel(id);
    expect(world.downloads.list()).toEqual([]);
    expect((await world.files.list(`${FOLDER}/.shoal-parts`)) ?? []).toEqual([]);
  });

  it('runs as many as the setting says, in the order that the user gave', async () => {
    const world = await DownloadWorld.start();
    world.set({ 'download.running': 1 });
    const files = [1, 2, 3].map((seed) => makeFile(8 * MIB, seed));
    const ids = [];
    for (const file of files) ids.push(await world.add(file, [await world.source(file, 4 * MIB)]));
    const [a, b, c] = ids as [(typeof ids)[0], (typeof ids)[0], (typeof ids)[0]];
    await world.clock.advance(500);
    expect([a, b, c].map((id) => world.view(id!).state)).toEqual(['downloading', 'queued', 'queued']);
    expect(world.view(b!).reason).toBe('download.waiting-turn');
    await world.downloads.move(c!, 1);
    await world.until(c!, 'done');
    expect(world.view(b!).state).toBe('queued');
    await world.until(b!, 'done');
  });

  it('keeps to the receiving limit', async () => {
    const world = await DownloadWorld.start();
    world.set({ 'download.rate': 2 * MIB });
    const file = makeFile(20 * MIB);
    const id = await world.add(file, [await world.source(file), await world.source(file)]);
    const ms = await world.until(id, 'done');
    expect(ms).toBeGreaterThan(9500);
    expect(ms).toBeLessThan(11_000);
  });

  it('refuses the 64-byte twin of a larger file when anybody claims another size', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(32 * 1024);
    const honest = await world.source(file);
    const twin = 'd'.repeat(64) as NodeId;
    const id = await world.downloads.add({
      hash: file.hash,
      name: 'file.bin',
      sources: [{ nodeId: twin, addresses: [{ host: '10.9.9.9', port: 1214 }], size: 64 }, honest.found],
    });
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
  });

  it.each(['silent', 'serving'])(
    'is not misled by a %s source that claims another size of the same number of chunks',
    async (kind) => {
      const world = await DownloadWorld.start();
      const file = makeFile(5 * MIB + 1000);
      const honest = await world.source(file, 4 * MIB);
      const liar = await world.source({ ...file, bytes: new Uint8Array([...file.bytes, 7]) }, 4 * MIB);
      if (kind === 'silent') world.network.kill(liar.peer);
      const id = await world.downloads.add({ hash: file.hash, name: 'file.bin', sources: [liar.found] });
      await world.clock.advance(2000);
      world.downloads.addSource(id, honest.found);
      await world.until(id, 'done', 600_000);
      expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
    },
  );

  it('refuses a size that no file has', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(MIB);
    await expect(world.downloads.add({ hash: file.hash, size: 2 ** 52 })).rejects.toMatchObject({
      code: 'input.invalid',
    });
    const source = await world.source(file);
    const id = await world.downloads.add({ hash: file.hash, sources: [{ ...source.found, size: 2 ** 52 }] });
    await world.until(id, 'done');
  });

  it('leaves no timer, connection or open file behind when it stops', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(20 * MIB);
    await world.add(file, [await world.source(file, 4 * MIB)]);
    await world.clock.advance(2000);
    await world.downloads.stop();
    await world.clock.advance(60_000);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.files.openHandles).toBe(0);
  });

  it('keeps a source that was given by its address alone, though it was killed before that one answered', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const address = { host: '10.0.1.1', port: 1214 };
    const id = await world.add(file, [], { given: [{ address }] });
    await world.clock.advance(60_000);
    expect(world.view(id)).toMatchObject({ state: 'searching', sources: [] });
    const untold = world.logger.lines.filter(({ event }) => event === 'a source that was given does not answer');
    expect(untold).toHaveLength(1);
    await world.kill();
    const source = await world.source(file);
    await world.until(id, 'done');
    expect(world.view(id).sources.map(({ node }) => node)).toEqual([source.peer.nodeId]);
    // Rules for what strangers name do not hold for it, after the restart neither.
    expect(world.trusted.filter((trusted) => trusted === '10.0.1.1:1214').length).toBeGreaterThan(1);
  });
});
