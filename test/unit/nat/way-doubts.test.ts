import { beforeEach, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { WayDoubts } from '../../../src-main/engine/nat/way-doubts.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const MINUTE_MS = 60_000;
let clock: VirtualClock;
let doubts: WayDoubts;
let knownMs: number;
/** When it was found out. */
let found: number[];

beforeEach(async () => {
  clock = new VirtualClock();
  await clock.advance(MINUTE_MS);
  knownMs = Number.NEGATIVE_INFINITY;
  found = [];
  const findOut = () => void found.push(clock.monotonicMs());
  doubts = new WayDoubts({ clock, settings: () => DEFAULT_SETTINGS, knownMs: () => knownMs, findOut });
  doubts.start();
});

test('the first address outside is nothing new, nor is the same with another port', async () => {
  for (const seen of ['20.1.0.1:5000', '20.1.0.1:6000', '[::ffff:20.1.0.1]:7000']) doubts.seenAt(seen);
  await clock.advance(10 * MINUTE_MS);
  expect(found).toEqual([]);
});

test('an address in the own network, one of IPv6, and one of the same customer are no other address', async () => {
  const seen = ['20.1.0.1:1', '192.168.1.5:1', '[2001:db8:0:1::1]:1', '[2001:db8:0:1::2]:1', '20.1.0.1:2'];
  for (const address of seen) doubts.seenAt(address);
  await clock.advance(10 * MINUTE_MS);
  expect(found).toEqual([]);
});

test('what is no address says nothing', async () => {
  for (const seen of ['20.1.0.1:1', '', 'one.example:1', 'two.example:1', '20.2.0.1', '999.1.1.1:1', '20.3.0.1:70000'])
    doubts.seenAt(seen);
  await clock.advance(10 * MINUTE_MS);
  expect(found).toEqual([]);
});

test('another address is followed at once', async () => {
  doubts.seenAt('20.1.0.1:1');
  doubts.seenAt('20.2.0.1:1');
  await clock.advance(1);
  expect(found).toEqual([MINUTE_MS]);
});

test('whoever names another address each second is followed once a minute', async () => {
  for (let second = 0; second < 600; second++) {
    doubts.seenAt(`20.1.${second >> 8}.${second & 255}:1`);
    await clock.advance(1000);
  }
  expect(found.length).toBeGreaterThan(8);
  for (const [at, ms] of found.entries())
    if (at > 0) expect(ms - (found[at - 1] ?? 0)).toBeGreaterThanOrEqual(MINUTE_MS);
});

test('what was found out a moment ago is found out again when a minute is over, not forgotten', async () => {
  knownMs = clock.monotonicMs();
  await clock.advance(10_000);
  doubts.doubt();
  doubts.doubt();
  await clock.advance(49_000);
  expect(found).toEqual([]);
  await clock.advance(10 * MINUTE_MS);
  expect(found).toEqual([2 * MINUTE_MS]);
});

test('nothing is followed before the start or after the end, and no timer is left', async () => {
  doubts.doubt();
  doubts.stop();
  doubts.doubt();
  await clock.advance(MINUTE_MS);
  expect([found, clock.pendingTimers]).toEqual([[], 0]);
});
