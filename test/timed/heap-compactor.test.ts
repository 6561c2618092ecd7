import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { HeapCompactor } from '../../src-main/platform/heap-compactor.ts';

const LOOK_MS = 150;
const RUSH_BYTES = 40 * 2 ** 20;

/** Collections of the whole heap, as they come; V8 makes none by itself in a thread that makes so little garbage. */
function fullCollections(): { count: number } {
  const seen = { count: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as (PerformanceEntry & { detail: { kind: number } })[])
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) seen.count++;
  });
  observer.observe({ entryTypes: ['gc'] });
  onTestFinished(() => observer.disconnect());
  return seen;
}

function start(mostBytes: number, busyWorthBytes?: number): void {
  const options = { lookMs: LOOK_MS, mostBytes, ...(busyWorthBytes !== undefined && { busyWorthBytes }) };
  const compactor = new HeapCompactor(options);
  compactor.start();
  onTestFinished(() => compactor.stop());
}

/** For ten looks, half of the time. */
async function work(): Promise<void> {
  const endMs = performance.now() + 10 * LOOK_MS;
  while (performance.now() < endMs) {
    const untilMs = performance.now() + LOOK_MS / 8;
    while (performance.now() < untilMs);
    await after(LOOK_MS / 8);
  }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('collects in a quiet thread, and not again without new garbage', async () => {
  const collections = fullCollections();
  start(Number.MAX_SAFE_INTEGER);
  await expect.poll(() => collections.count, { interval: 2 * LOOK_MS, timeout: 20_000 }).toBeGreaterThan(0);
  await after(4 * LOOK_MS);
  const { count } = collections;
  await after(6 * LOOK_MS);
  expect(collections.count).toBe(count);
});

test('does not collect while the thread works', async () => {
  const collections = fullCollections();
  start(Number.MAX_SAFE_INTEGER);
  await work();
  expect(collections.count).toBe(0);
  await expect.poll(() => collections.count, { interval: 2 * LOOK_MS, timeout: 20_000 }).toBeGreaterThan(0);
});

test('collects while the thread works where that is worth it, and not again soon', async () => {
  const collections = fullCollections();
  start(Number.MAX_SAFE_INTEGER, 1);
  await work();
  const { count } = collections;
  expect(count).toBeGreaterThan(0);
  await work();
  expect(collections.count).toBe(count);
});

test('does not collect a heap whose collection would take long', async () => {
  const collections = fullCollections();
  start(1);
  await after(8 * LOOK_MS);
  expect(collections.count).toBe(0);
});

test('gives back what a rush took of a bigger heap, though something is allocated all the time', async () => {
  start(1);
  await after(2 * LOOK_MS);
  const before = getHeapStatistics().total_heap_size;
  const kept: unknown[] = [];
  const allocate = (times: number) => {
    for (let time = 0; time < times; time++) kept[time % 1000] = Array.from({ length: 100 }, (_, at) => ({ at }));
  };
  // Until the young generation has grown.
  while (getHeapStatistics().total_heap_size < before + RUSH_BYTES) {
    allocate(1000);
    await after(1);
  }
  const light = setInterval(() => allocate(2), 20);
  onTestFinished(() => clearInterval(light));
  const taken = () => getHeapStatistics().total_heap_size;
  await expect.poll(taken, { interval: 2 * LOOK_MS, timeout: 6000 }).toBeLessThan(before + RUSH_BYTES / 2);
});

test('collects in other threads of the program too', async () => {
  const module = new URL('../../src-main/platform/heap-compactor.ts', import.meta.url);
  const worker = new Worker(
    `import(${JSON.stringify(module.href)}).then(({ HeapCompactor }) => {
       new HeapCompactor({ lookMs: ${LOOK_MS} }).start();
       const target = new WeakRef({});
       const timer = setInterval(() => {
         if (target.deref()) return;
         clearInterval(timer);
         require('node:worker_threads').parentPort.postMessage('collected');
       }, ${4 * LOOK_MS});
     });`,
    { eval: true },
  );
  onTestFinished(async () => void (await worker.terminate()));
  expect(await new Promise((resolve) => worker.once('message', resolve))).toBe('collected');
});
