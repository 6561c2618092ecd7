import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LibraryProgressView } from '../../../src-main/contract/outputs.ts';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
let told: { readonly atMs: number; readonly view: LibraryProgressView }[];
beforeEach(async () => {
  world = await LibraryWorld.make();
  told = [];
  world.library.progress.onChange((view) => told.push({ atMs: world.clock.monotonicMs(), view }));
});
afterEach(async () => {
  await world.library.stop();
  expect([world.files.openHandles, world.clock.pendingTimers]).toEqual([0, 0]);
});

const IDLE = { state: 'idle', filesLeft: 0, bytesLeft: 0, current: null, etaSeconds: null };
/** Each file takes this long. */
function hashingTakes(ms: number): void {
  const hashFile = world.hasher.hashFile.bind(world.hasher);
  world.hasher.hashFile = async (path, signal) => {
    await world.clock.sleep(ms, signal);
    return hashFile(path, signal);
  };
}

test('an idle library has nothing left', async () => {
  await world.share();
  expect(world.library.progress.view()).toEqual({ ...IDLE, rate: 0 });
});

test('tells what is left, what is read now, and when it will be over', async () => {
  for (let i = 0; i < 10; i++) world.files.putFile(`/s/${i}`, `${i}`.repeat(1000));
  await world.clock.advance(10_000);
  hashingTakes(1000);
  await world.library.addFolder('/s', { kept: true });
  await world.library.start();
  await world.clock.advance(10);
  expect(world.library.progress.view()).toMatchObject({
    ...{ state: 'hashing', filesLeft: 10, bytesLeft: 10_000, rate: 0, etaSeconds: null },
    current: { path: '/s/0', size: 1000 },
  });
  await world.clock.advance(4500);
  const { rate, etaSeconds, ...left } = world.library.progress.view();
  expect(left).toEqual({ state: 'hashing', filesLeft: 6, bytesLeft: 6000, current: { path: '/s/4', size: 1000 } });
  expect(rate).toBeCloseTo(1000, -1);
  expect(etaSeconds).toBeCloseTo(5.5, 0);
  await world.scanned(0);
  expect(world.library.progress.view()).toMatchObject(IDLE);
});

test('is announced when work begins and is over, and between at most 5 times a second', async () => {
  for (let i = 0; i < 200; i++) world.files.putFile(`/s/${i}`, `${i}`);
  await world.clock.advance(10_000);
  hashingTakes(20);
  const startMs = world.clock.monotonicMs();
  await world.share('/s');
  const endMs = world.clock.monotonicMs();
  expect(told[0]).toMatchObject({ atMs: startMs, view: { state: 'scanning' } });
  expect(told.at(-1)).toMatchObject({ atMs: endMs, view: IDLE });
  expect(endMs - startMs).toBeGreaterThan(3900);
  const hashing = told.filter(({ view }) => view.state === 'hashing');
  expect(hashing.length).toBeGreaterThan(15);
  expect(told.length).toBeLessThanOrEqual((endMs - startMs) / 200 + 3);
  const lefts = hashing.map(({ view }) => view.filesLeft);
  expect(lefts).toEqual(lefts.toSorted((a, b) => b - a));
});

test('a folder that is shared no more leaves nothing to wait for', async () => {
  world.files.putFile('/s/a', 'a');
  const release = world.hasher.hold();
  await world.library.addFolder('/s', { kept: true });
  await world.library.start();
  await world.clock.runUntil(() => world.hasher.hashed.length === 1, 60_000);
  expect(world.library.progress.view()).toMatchObject({ state: 'hashing', filesLeft: 1 });
  const removed = world.library.removeFolder('/s');
  release();
  await removed;
  await world.clock.advance(1000);
  expect(told.at(-1)?.view).toMatchObject(IDLE);
});
