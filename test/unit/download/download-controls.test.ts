import { describe, expect, it } from 'vitest';
import type { DownloadId, NodeId } from '../../../src-main/contract/ids.ts';
import type { SourceId } from '../../../src-main/contract/web-url.ts';
import { DownloadStore } from '../../../src-main/engine/store/download-store.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;

/** A download of many chunks on its way from so many sources of 1 MiB/s each. */
async function underWay(sourceCount: number) {
  const world = await DownloadWorld.start();
  const file = makeFile(60 * MIB);
  const sources = await Promise.all(Array.from({ length: sourceCount }, () => world.source(file, MIB)));
  const id = await world.add(file, sources);
  await world.clock.runUntil(() => active(world, id).length === sourceCount, 20_000);
  return { world, file, sources, id };
}

const active = (world: DownloadWorld, id: DownloadId): readonly SourceId[] =>
  world.view(id).sources.flatMap(({ node, state }) => (state === 'active' ? [node] : []));
const nodeOf = (source: ScriptedSource | undefined): NodeId => {
  if (!source) throw new Error('no source');
  return source.peer.nodeId;
};
const sourceView = (world: DownloadWorld, id: DownloadId, node: NodeId) =>
  world.view(id).sources.find((source) => source.node === node);
/** Bytes verified in the next so many seconds. */
async function gained(world: DownloadWorld, id: DownloadId, seconds: number): Promise<number> {
  const before = world.view(id).done;
  await world.clock.advance(1000 * seconds);
  return world.view(id).done - before;
}

describe('limits of one download', () => {
  it('uses at most so many sources from now on, the fastest, and as many as the setting says when taken back', async () => {
    const { world, id, sources } = await underWay(4);
    world.network.setLink('10.0.0.1', sources[2]?.peer.host ?? '', { latencyMs: 5, bytesPerSecond: 3 * MIB });
    await world.clock.advance(5000);
    await world.downloads.set(id, { maxSources: 1, rate: undefined });
    expect(active(world, id)).toEqual([nodeOf(sources[2])]);
    await world.clock.advance(2000);
    expect(active(world, id)).toHaveLength(1);
    expect(world.view(id)).toMatchObject({ maxSources: 1, rateLimit: 0 });
    world.set({ 'download.sources': 3 });
    await world.downloads.set(id, { maxSources: null, rate: undefined });
    await world.clock.advance(1000);
    expect(active(world, id)).toHaveLength(3);
    expect(world.view(id).maxSources).toBeNull();
  });

  it('may use more sources than the setting says', async () => {
    const world = await DownloadWorld.start();
    world.set({ 'download.sources': 1 });
    const file = makeFile(60 * MIB);
    const sources = await Promise.all([1, 2, 3].map(() => world.source(file, MIB)));
    const id = await world.add(file, sources);
    await world.clock.advance(3000);
    expect(active(world, id)).toHaveLength(1);
    await world.downloads.set(id, { maxSources: 3, rate: undefined });
    await world.clock.advance(3000);
    expect(active(world, id)).toHaveLength(3);
  });

  it('keeps to a rate of its own at once, whatever the setting says, and to the setting when taken back', async () => {
    const { world, id } = await underWay(4);
    world.set({ 'download.rate-each': 2 * MIB });
    await world.downloads.set(id, { maxSources: undefined, rate: MIB / 2 });
    await world.clock.advance(2000);
    expect(await gained(world, id, 8)).toBeLessThanOrEqual(5 * MIB);
    expect(world.view(id).rateLimit).toBe(MIB / 2);
    await world.downloads.set(id, { maxSources: undefined, rate: 0 });
    await world.clock.advance(2000);
    const later = await gained(world, id, 8);
    expect(later).toBeGreaterThanOrEqual(14 * MIB);
    expect(later).toBeLessThanOrEqual(18 * MIB);
  });

  it('are kept over a restart, and so is when it was added', async () => {
    const { world, id } = await underWay(1);
    const { addedMs } = world.view(id);
    expect(Math.abs(addedMs - world.clock.wallMs())).toBeLessThan(60_000);
    await world.downloads.set(id, { maxSources: 7, rate: 123_456 });
    await world.kill();
    expect(world.view(id)).toMatchObject({ maxSources: 7, rateLimit: 123_456, addedMs });
  });

  it('fail for a download that is not there', async () => {
    const world = await DownloadWorld.start();
    const id = '00000000' as DownloadId;
    const limits = { maxSources: 1, rate: 1 };
    expect(() => world.downloads.set(id, limits)).toThrow(expect.objectContaining({ code: 'download.unknown' }));
  });
});

it('that is finished is neither paused, resumed, tried again, cancelled nor moved, and stays in the list', async () => {
  const world = await DownloadWorld.start();
  const file = makeFile(MIB);
  const source = await world.source(file);
  const id = await world.add(file, [source]);
  await world.until(id, 'done');
  const { downloads } = world;
  const finished = { code: 'download.finished', params: { id } };
  for (const control of ['pause', 'resume', 'retry', 'cancel'] as const)
    await expect(downloads[control](id)).rejects.toMatchObject(finished);
  await expect(downloads.retry(id, nodeOf(source))).rejects.toMatchObject(finished);
  await expect(downloads.relocate(id, '/elsewhere')).rejects.toMatchObject(finished);
  expect(world.view(id)).toMatchObject({ state: 'done', path: `${FOLDER}/file.bin` });
  await downloads.discard(id);
  expect(downloads.list()).toEqual([]);
});

it('saves nothing of sources that are found while it is cancelled', async () => {
  const { world, id, file } = await underWay(1);
  const late = await world.source(file, MIB);
  const cancelled = world.downloads.cancel(id);
  // The first steps wait for what is under way; the row is removed in the last one.
  for (let turn = 0; turn < 40; turn++) {
    await Promise.resolve();
    const nodeId = String(turn).padStart(64, '0') as NodeId;
    world.downloads.addSource(id, { ...late.found, nodeId });
    if (world.downloads.list().length > 0)
      void world.downloads.useSource(id, nodeId, turn % 2 === 0 ? 'never' : 'auto');
  }
  await cancelled;
  await world.clock.advance(60_000);
  expect(world.logger.lines.filter(({ event }) => event === 'sources could not be saved')).toEqual([]);
});

describe('those who wait for a download hear that it is gone', () => {
  const goneOf = (id: DownloadId) => `failed ${id} download.cancelled`;

  it('when it is cancelled, once, and after the last of its progress', async () => {
    const { world, id } = await underWay(2);
    await Promise.all([world.downloads.cancel(id), world.downloads.cancel(id).catch(() => undefined)]);
    await world.clock.advance(10_000);
    expect(world.events.filter((event) => event.startsWith('failed'))).toEqual([goneOf(id)]);
    expect(world.events.at(-1)).toBe(goneOf(id));
  });

  it('when it is cleared or discarded, which is asked of what is over only', async () => {
    const world = await DownloadWorld.start();
    const ids: DownloadId[] = [];
    for (const seed of [1, 2]) {
      const file = makeFile(MIB, seed);
      const id = await world.add(file, [await world.source(file)], { name: `${seed}` });
      await world.until(id, 'done');
      ids.push(id);
    }
    const [discarded, cleared] = ids as [DownloadId, DownloadId];
    const left = await world.add(makeFile(MIB, 3), []);
    await world.downloads.discard(discarded);
    expect(await world.downloads.clear()).toBe(1);
    await world.clock.advance(10_000);
    expect(world.events.filter((event) => event.startsWith('failed'))).toEqual([goneOf(discarded), goneOf(cleared)]);
    expect(world.downloads.list().map(({ id }) => id)).toEqual([left]);
  });
});

it.each(['rules change', 'its user lets it go on'])(
  'stays cancelled though %s while its part is removed',
  async (what) => {
    const { world, id } = await underWay(1);
    const remove = world.files.remove.bind(world.files);
    let resumed: Promise<void> | undefined;
    world.files.remove = async (path) => {
      await remove(path);
      if (what === 'rules change') world.applyRules();
      else resumed ??= world.downloads.resume(id);
      await world.clock.sleep(100);
    };
    const cancelled = world.downloads.cancel(id);
    await world.clock.advance(1000);
    await cancelled;
    await resumed;
    await world.clock.advance(30_000);
    expect(await world.files.list(`${FOLDER}/.shoal-parts`)).toEqual([]);
    expect((await world.files.list(FOLDER))?.map(({ name }) => name)).toEqual(['.shoal-parts']);
    await world.kill();
    expect(world.downloads.list()).toEqual([]);
  },
);

it('tells the place among all downloads without gaps, in events too', async () => {
  const world = await DownloadWorld.start();
  const ids = [];
  for (const seed of [1, 2, 3, 4]) ids.push(await world.add(makeFile(MIB, seed), []));
  const [a, b, c, d] = ids as [DownloadId, DownloadId, DownloadId, DownloadId];
  await world.downloads.cancel(b);
  const places = () => world.downloads.list().map(({ id, place }) => [id, place]);
  expect(places()).toEqual([
    [a, 1],
    [c, 2],
    [d, 3],
  ]);
  world.reports.length = 0;
  await world.downloads.move(d, 2);
  await world.clock.advance(1000);
  expect(places()).toEqual([
    [a, 1],
    [d, 2],
    [c, 3],
  ]);
  expect(world.reports.filter(({ id }) => id === d).at(-1)?.place).toBe(2);
});

describe('a source chosen by hand', () => {
  it('that is never to be used stops and is skipped, also after a restart, until it is given back', async () => {
    const { world, id, sources } = await underWay(2);
    const [first, second] = sources.map(nodeOf) as [NodeId, NodeId];
    await world.downloads.useSource(id, first, 'never');
    expect(active(world, id)).not.toContain(first);
    const sentBefore = sources[0]?.sentBytes ?? 0;
    await world.clock.advance(5000);
    expect(sourceView(world, id, first)).toMatchObject({ use: 'never', state: 'untried' });
    expect(sourceView(world, id, second)).toMatchObject({ use: 'auto', state: 'active' });
    await world.kill();
    await world.clock.advance(5000);
    expect(sourceView(world, id, first)).toMatchObject({ use: 'never', state: 'untried' });
    // What was on its way at the moment.
    expect(sources[0]?.sentBytes).toBeLessThanOrEqual(sentBefore + MIB);
    await world.downloads.useSource(id, first, 'auto');
    await world.clock.advance(5000);
    expect(active(world, id)).toEqual([first, second]);
  });

  it('that is to be the only one lets all others rest, also after a restart, until it is given back', async () => {
    const { world, id, sources, file } = await underWay(3);
    const [first, second, third] = sources.map(nodeOf) as [NodeId, NodeId, NodeId];
    await world.downloads.useSource(id, second, 'only');
    expect(active(world, id)).toEqual([second]);
    await world.kill();
    await world.clock.advance(5000);
    expect(
      world
        .view(id)
        .sources.map(({ node, use }) => [node, use])
        .sort(),
    ).toEqual(
      [
        [first, 'auto'],
        [second, 'only'],
        [third, 'auto'],
      ].sort(),
    );
    expect(active(world, id)).toEqual([second]);
    await world.downloads.useSource(id, third, 'only');
    await world.clock.advance(2000);
    expect(active(world, id)).toEqual([third]);
    expect(sourceView(world, id, second)?.use).toBe('auto');
    // Others that exist were not taken in meanwhile: they are looked for at once.
    const fourth = await world.source(file, MIB);
    world.findable = [fourth.found];
    await world.downloads.useSource(id, third, 'auto');
    await world.clock.advance(3000);
    expect([...active(world, id)].sort()).toEqual([first, second, third, nodeOf(fourth)].sort());
  });

  it('can be taken back from a download that was added for it alone', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(60 * MIB);
    const [named, other] = await Promise.all([world.source(file, MIB), world.source(file, MIB)]);
    world.findable = [other.found];
    const id = await world.add(file, [named], { only: nodeOf(named) });
    await world.clock.advance(3000);
    expect(world.view(id).sources).toMatchObject([{ node: nodeOf(named), use: 'only', state: 'active' }]);
    await world.downloads.useSource(id, nodeOf(named), 'auto');
    await world.clock.advance(3000);
    expect(active(world, id)).toHaveLength(2);
    await world.kill();
    await world.clock.advance(3000);
    expect(active(world, id)).toHaveLength(2);
  });

  it('leaves the download searching when none is left', async () => {
    const { world, id, sources } = await underWay(1);
    await world.downloads.useSource(id, nodeOf(sources[0]), 'never');
    await world.clock.advance(1000);
    expect(world.view(id)).toMatchObject({ state: 'searching', reason: 'download.no-sources' });
  });

  it('must be one of the download, and not a banned one', async () => {
    const { world, id, sources } = await underWay(2);
    const unknown = 'e'.repeat(64) as NodeId;
    await expect(world.downloads.useSource(id, unknown, 'never')).rejects.toMatchObject({ code: 'input.invalid' });
    const [bad] = sources;
    if (bad) bad.script.badChunks = new Set(Array.from({ length: 60 }, (_, chunk) => chunk));
    await world.clock.runUntil(() => sourceView(world, id, nodeOf(bad))?.state === 'banned', 20_000);
    await expect(world.downloads.useSource(id, nodeOf(bad), 'only')).rejects.toMatchObject({ code: 'input.invalid' });
    await world.until(id, 'done');
  });
});

describe('trying again at once', () => {
  it('asks a source that rests, and those that the user gave by address alone', async () => {
    const world = await DownloadWorld.start();
    world.set({ 'download.retry-min': 3_600_000, 'download.retry-max': 3_600_000 });
    const file = makeFile(12 * MIB);
    const resting = await world.source(file, MIB);
    resting.script.answer = () => ({ status: 404 });
    const id = await world.add(file, [resting], { given: [{ address: { host: '10.0.1.2', port: 1214 } }] });
    await world.clock.advance(20_000);
    expect(world.view(id)).toMatchObject({ state: 'searching', sources: [{ state: 'unreachable' }] });
    const given = await world.source(file, MIB);
    delete resting.script.answer;
    await world.downloads.retry(id);
    expect(world.forgiven).toEqual([resting.address]);
    await world.until(id, 'done', 20_000);
    expect(resting.sentBytes).toBeGreaterThan(0);
    expect(given.sentBytes).toBeGreaterThan(0);
  });

  it('does not ask a banned source, and keeps its place in a queue', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const [bad, busy] = await Promise.all([world.source(file, MIB), world.source(file, MIB)]);
    bad.script.badChunks = new Set(Array.from({ length: 8 }, (_, chunk) => chunk));
    let polls = 0;
    busy.script.answer = ({ path }) => {
      if (path !== `/content/${file.hash}`) return undefined;
      polls++;
      return { status: 503, headers: { 'retry-after': '600', 'x-queue': 'position=3, length=9, eta=60' } };
    };
    const id = await world.add(file, [bad, busy]);
    await world.clock.advance(10_000);
    const asked = bad.asked.length;
    expect(polls).toBe(1);
    await world.downloads.retry(id);
    await world.clock.advance(10_000);
    expect([bad.asked.length, polls]).toEqual([asked, 1]);
  });

  it('searches at once, in a pause and right after a search', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const id = await world.add(file, []);
    await world.clock.advance(60 * 60_000);
    const searches = world.searches;
    await world.downloads.retry(id);
    await world.clock.advance(1);
    expect(world.searches).toBe(searches + 1);
    await world.downloads.retry(id);
    await world.clock.advance(1);
    expect(world.searches).toBe(searches + 2);
    // And soon after again, as at the beginning.
    await world.clock.advance(80_000);
    expect(world.searches).toBeGreaterThan(searches + 2);
  });

  it('goes on with a download that failed or waits for its disk', async () => {
    const world = await DownloadWorld.start();
    world.set({ 'download.disk-retry': 3_600_000 });
    const file = makeFile(4 * MIB);
    const link = world.files.link.bind(world.files);
    world.files.link = () => Promise.reject(new Error('a bug'));
    world.files.faults.readOnly = true;
    const id = await world.add(file, [await world.source(file, 4 * MIB)]);
    await world.until(id, 'paused');
    world.files.faults.readOnly = false;
    await world.clock.advance(10_000);
    expect(world.view(id).reason).toBe('disk.read-only');
    await world.downloads.retry(id);
    await world.until(id, 'failed', 10_000);
    world.files.link = link;
    await world.downloads.retry(id);
    await world.until(id, 'done', 10_000);
  });

  it('leaves alone what the user paused and what is done', async () => {
    const { world, id } = await underWay(2);
    await world.downloads.pause(id);
    await world.downloads.retry(id);
    await world.clock.advance(5000);
    expect(world.view(id).state).toBe('paused');
    await world.downloads.resume(id);
    await world.until(id, 'done');
    await world.downloads.retry(id).catch(() => undefined);
    await world.clock.advance(5000);
    expect(world.view(id).state).toBe('done');
    const announced = world.events.length;
    // Its user may have taken the file elsewhere.
    await world.files.remove(world.view(id).path);
    await world.downloads.pause(id).catch(() => undefined);
    expect(world.view(id).state).toBe('done');
    await world.downloads.resume(id).catch(() => undefined);
    await world.clock.advance(5000);
    expect(world.view(id).state).toBe('done');
    expect(world.events.slice(announced)).toEqual([]);
  });
});

it('keeps what sources are chosen when it is saved again', async () => {
  const { world, id, sources } = await underWay(2);
  await world.downloads.useSource(id, nodeOf(sources[0]), 'never');
  await world.downloads.pause(id);
  const stored = await new DownloadStore(world.database).sources(id);
  expect(stored.filter(({ avoided }) => avoided).map(({ nodeId }) => nodeId)).toEqual([nodeOf(sources[0])]);
});
