import { expect, test } from 'vitest';
import { LoadNews } from '../../../src-main/engine/supernode/load-news.ts';
import type { Load } from '../../../src-main/engine/wire/messages/load.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

function newsOf(first: Partial<Load> = {}) {
  const clock = new VirtualClock();
  const now = { children: 0, capacity: 150, fullCapacity: 150, queriesPerMinute: 0, ...first };
  const told: { readonly atMs: number; readonly children: number | undefined }[] = [];
  const news = new LoadNews({
    clock,
    load: () => ({ type: 'load', ...now }),
    tell: ({ children }) => told.push({ atMs: clock.monotonicMs(), children }),
  });
  const change = (to: Partial<typeof now>) => {
    Object.assign(now, to);
    news.changed();
  };
  return { clock, change, told, news };
}

test('the first load and large changes are told within seconds, once for many', async () => {
  const { clock, change, told } = newsOf();
  for (let children = 1; children <= 20; children++) change({ children });
  await clock.advance(10_000);
  change({ children: 40 });
  await clock.advance(10_000);
  expect(told).toEqual([
    { atMs: 2000, children: 20 },
    { atMs: 12_000, children: 40 },
  ]);
});

test('small ones wait for half a minute, or for a large one', async () => {
  const { clock, change, told } = newsOf({ children: 20 });
  change({});
  await clock.advance(10_000);
  change({ children: 21 });
  await clock.advance(5000);
  change({ queriesPerMinute: 5 });
  expect(told).toHaveLength(1);
  await clock.advance(25_000);
  expect(told.at(-1)).toEqual({ atMs: 40_000, children: 21 });
  change({ children: 22 });
  await clock.advance(1000);
  change({ children: 60 });
  await clock.advance(60_000);
  expect(told.slice(2)).toEqual([{ atMs: 43_000, children: 60 }]);
});

test('that there is no place any more, or one again, is never small', async () => {
  const { clock, change, told } = newsOf({ children: 149 });
  change({});
  await clock.advance(5000);
  change({ children: 150 });
  await clock.advance(5000);
  change({ children: 149 });
  await clock.advance(5000);
  expect(told.map(({ children }) => children)).toEqual([149, 150, 149]);
});

test('nothing is told after the end', async () => {
  const { clock, change, told, news } = newsOf();
  change({ children: 5 });
  news.stop();
  await clock.advance(60_000);
  expect([told, clock.pendingTimers]).toEqual([[], 0]);
});
