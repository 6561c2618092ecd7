import { beforeEach, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { AskedCounts } from '../../../src-main/engine/upload/asked-counts.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { hashOf, peer, wants } from '../../support/upload-askers.ts';

const HOUR = 3_600_000;
let clock: VirtualClock;
let written: ReadonlyMap<ContentHash, number>[];
let isFailing: boolean;
let counts: AskedCounts;
beforeEach(() => {
  clock = new VirtualClock();
  written = [];
  isFailing = false;
  const save = async (batch: ReadonlyMap<ContentHash, number>) => {
    if (isFailing) throw new Error('no space');
    written.push(batch);
  };
  counts = new AskedCounts({ clock, logger: new MemoryLogger(), save });
});

test('uploads that begin are written together', async () => {
  for (const asker of [1, 2, 3]) counts.began(wants(peer(asker), 1));
  counts.began(wants(peer(1), 2));
  expect(written).toEqual([]);
  await clock.advance(10_000);
  const both = new Map([
    [hashOf(1), 3],
    [hashOf(2), 1],
  ]);
  expect(written).toEqual([both]);
  expect(clock.pendingTimers).toBe(0);
});

test('a peer that comes back within the hour counts once, and anew after it', async () => {
  counts.began(wants(peer(1)));
  await clock.advance(HOUR / 2);
  counts.began(wants(peer(1)));
  await clock.advance(HOUR + 1);
  counts.began(wants(peer(1)));
  await counts.stop();
  expect(written).toEqual([new Map([[hashOf(1), 1]]), new Map([[hashOf(1), 1]])]);
});

test('what is not written when the peer stops is written then, once', async () => {
  counts.began(wants(peer(1)));
  await counts.stop();
  await counts.stop();
  expect(written).toEqual([new Map([[hashOf(1), 1]])]);
  expect(clock.pendingTimers).toBe(0);
});

test('what could not be written is written with the next', async () => {
  isFailing = true;
  counts.began(wants(peer(1)));
  await clock.advance(10_000);
  isFailing = false;
  counts.began(wants(peer(2)));
  await clock.advance(10_000);
  expect(written).toEqual([new Map([[hashOf(1), 2]])]);
});
