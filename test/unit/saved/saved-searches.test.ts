import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Events } from '../../../src-main/contract/api.ts';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { SavedId } from '../../../src-main/contract/ids.ts';
import { CLEAN } from '../../../src-main/contract/pollution.ts';
import type { SearchResult } from '../../../src-main/contract/search.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/contract/settings.ts';
import { SavedSearches } from '../../../src-main/engine/saved/saved-searches.ts';
import type { Collected } from '../../../src-main/engine/search/collecting-sink.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { SavedStore } from '../../../src-main/engine/store/saved-store.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { hit } from '../../support/search-fixtures.ts';

const MINUTE_MS = 60_000;
const ALL_FAIL: Collected = { isComplete: false, results: [], asked: 0 };

const result = (number: number): SearchResult => ({
  ...hit(number),
  otherNames: [],
  wave: 0,
  namedBy: [],
  rank: { nameMatch: 1, availability: 1, agreement: 1, total: 1 },
  pollution: CLEAN,
});
const finding = (...numbers: number[]): Collected => ({ isComplete: true, results: numbers.map(result), asked: 1 });

let clock: VirtualClock;
let database: MemoryDatabase;
let settings: Settings;
let saved: SavedSearches;
let found: Events['saved.found'][];
/** Runs so far: words and minute. */
let runs: { readonly words: string; readonly atMs: number }[];
let answer: (words: string, signal: AbortSignal) => Promise<Collected>;

beforeEach(async () => {
  clock = new VirtualClock();
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
  settings = DEFAULT_SETTINGS;
  [found, runs] = [[], []];
  answer = async () => finding();
  await start();
});
afterEach(async () => {
  await stop();
  expect(clock.pendingTimers, 'timers left behind').toBe(0);
  await database.close();
});

async function start(): Promise<void> {
  saved = new SavedSearches({
    clock,
    random: new SeededRandom(3),
    logger: new MemoryLogger(),
    settings: () => settings,
    store: new SavedStore(database),
    check: (words) => {
      if (words === '') throw new AppError('search.query-invalid', { why: 'scripted' });
    },
    search: (words, signal) => {
      runs.push({ words, atMs: clock.monotonicMs() });
      return answer(words, signal);
    },
    found: (event) => found.push(event),
  });
  await saved.start();
}

async function stop(): Promise<void> {
  const stopped = saved.stop();
  await clock.advance(0);
  await stopped;
}

const restart = () => stop().then(start);
const untilRuns = (count: number, maxMs = 60 * MINUTE_MS) => clock.runUntil(() => runs.length >= count, maxMs);
/** Lets what follows a run happen. */
const settled = () => clock.advance(1);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: AppError) => error.code,
  );

describe('a watched search', () => {
  test('knows all of the first run without a word, and announces once what comes later', async () => {
    answer = async () => finding(1, 2);
    const id = await saved.add({ words: ' blue train ', watch: true });
    await untilRuns(1, 1000);
    await settled();
    expect(found).toEqual([]);
    const first = clock.wallMs();
    expect(saved.list()).toMatchObject([{ id, words: 'blue train', watch: true, fresh: 0, results: 2 }]);
    expect(first - (saved.list()[0]?.lastRunMs ?? 0)).toBeLessThan(10);
    answer = async () => finding(2, 3, 4, 5, 6);
    await untilRuns(4, 4 * 36 * MINUTE_MS);
    await settled();
    const names = ['song 3.mp3', 'song 4.mp3', 'song 5.mp3'];
    expect(found).toEqual([{ id, words: 'blue train', names, fresh: 4 }]);
    answer = async () => finding(7);
    await untilRuns(5);
    await settled();
    // Since the user looked, not since the last run.
    expect(found[1]).toEqual({ id, words: 'blue train', names: ['song 7.mp3'], fresh: 5 });
    await saved.seen(id);
    expect(saved.list()).toMatchObject([{ fresh: 0, results: 1 }]);
  });

  test('is run after 30 minutes, more or less, and as soon as the setting says', async () => {
    await saved.add({ words: 'a', watch: true });
    await untilRuns(6, 200 * MINUTE_MS);
    const pauses = runs.slice(1).map(({ atMs }, at) => (atMs - (runs[at]?.atMs ?? 0)) / MINUTE_MS);
    for (const pause of pauses) {
      expect(pause).toBeGreaterThan(23.9);
      expect(pause).toBeLessThan(36.2);
    }
    expect(new Set(pauses.map(Math.round)).size).toBeGreaterThan(1);
    await settled();
    settings = { ...settings, 'search.watch-every': MINUTE_MS };
    await untilRuns(8, 4 * MINUTE_MS);
  });

  test('knows after a restart what it has found, and is run within minutes', async () => {
    answer = async () => finding(1);
    const id = await saved.add({ words: 'a', watch: true });
    await untilRuns(1);
    answer = async () => finding(1, 2);
    await untilRuns(2);
    await settled();
    const before = saved.list();
    expect(before).toMatchObject([{ fresh: 1 }]);
    await restart();
    expect(saved.list()).toEqual(before);
    answer = async () => finding(1, 2, 3);
    await untilRuns(3, 5 * MINUTE_MS);
    await settled();
    expect(found.map(({ fresh, names }) => [fresh, names])).toEqual([
      [1, ['song 2.mp3']],
      [2, ['song 3.mp3']],
    ]);
    expect(found[1]?.id).toBe(id);
  });

  test('that nobody answers is tried again soon, then less and less often; the first run that goes well is still the first', async () => {
    answer = async () => ALL_FAIL;
    await saved.add({ words: 'a', watch: true });
    await untilRuns(8, 300 * MINUTE_MS);
    const pauses = runs.slice(1).map(({ atMs }, at) => (atMs - (runs[at]?.atMs ?? 0)) / MINUTE_MS);
    for (const [at, around] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      expect(pauses[at]).toBeGreaterThan(around * 0.79);
      expect(pauses[at]).toBeLessThan(around * 1.21 + 0.2);
    }
    expect(saved.list()).toMatchObject([{ lastRunMs: null, results: 0 }]);
    answer = async () => finding(1);
    await untilRuns(9, 40 * MINUTE_MS);
    await settled();
    expect(found).toEqual([]);
    expect(saved.list()).toMatchObject([{ fresh: 0, results: 1 }]);
  });

  test('that breaks does not stop the others', async () => {
    answer = (words) => (words === 'bad' ? Promise.reject(new Error('scripted')) : Promise.resolve(finding()));
    await saved.add({ words: 'bad', watch: true });
    await saved.add({ words: 'good', watch: true });
    await untilRuns(4, 60 * MINUTE_MS);
    expect(runs.map(({ words }) => words)).toContain('good');
  });
});

describe('watching', () => {
  test('runs one at a time, apart from each other, and nobody is left out', async () => {
    let running = 0;
    answer = async (_words, signal) => {
      expect(++running).toBe(1);
      await clock.sleep(3000, signal);
      running--;
      return finding();
    };
    for (let at = 0; at < 30; at++) await saved.add({ words: `search ${at}`, watch: true });
    await untilRuns(30, 10 * MINUTE_MS);
    expect(new Set(runs.map(({ words }) => words)).size).toBe(30);
    for (const [at, { atMs }] of runs.slice(1).entries()) expect(atMs - (runs[at]?.atMs ?? 0)).toBeGreaterThan(12_999);
  });

  test('leaves two thirds of what a leaf may ask to others', async () => {
    settings = { ...settings, 'search.watch-every': MINUTE_MS };
    answer = async () => ({ ...finding(), asked: 400 });
    for (let at = 0; at < 10; at++) await saved.add({ words: `search ${at}`, watch: true });
    await clock.advance(60 * MINUTE_MS);
    const asked = 400 * runs.length;
    expect(asked).toBeLessThanOrEqual((6 * settings['search.leaf-asks']) / 3 + 400);
    expect(asked).toBeGreaterThan(4 * 400);
  });

  test('does nothing for searches that are only saved', async () => {
    await saved.add({ words: 'a', watch: false });
    await clock.advance(100 * MINUTE_MS);
    expect(runs).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('begins and ends with the switch, and what was known stays known', async () => {
    answer = async () => finding(1);
    const id = await saved.add({ words: 'a', watch: true });
    await untilRuns(1);
    await settled();
    await saved.set({ id, watch: false });
    await clock.advance(100 * MINUTE_MS);
    expect(runs).toHaveLength(1);
    answer = async () => finding(1, 2);
    await saved.set({ id, watch: true });
    await untilRuns(2, 1000);
    await settled();
    expect(found.map(({ names }) => names)).toEqual([['song 2.mp3']]);
  });

  test('with other words begins anew, even when the old ones are being run', async () => {
    answer = async () => finding(1);
    const id = await saved.add({ words: 'a', watch: true });
    await untilRuns(1);
    await settled();
    const aborted: string[] = [];
    answer = (words, signal) =>
      words === 'b'
        ? Promise.resolve(finding(5, 6))
        : new Promise((resolve) =>
            signal.addEventListener('abort', () => {
              aborted.push(words);
              resolve(finding(8, 9));
            }),
          );
    await untilRuns(2);
    await saved.set({ id, words: 'b' });
    await untilRuns(3, MINUTE_MS);
    await settled();
    expect(aborted).toEqual(['a']);
    expect(found).toEqual([]);
    expect(saved.list()).toMatchObject([{ id, words: 'b', results: 2, fresh: 0 }]);
  });

  test('of a search that is removed while it runs ends, and a stop does not wait for it', async () => {
    const untilAborted = (signal: AbortSignal) =>
      new Promise<Collected>((resolve) => signal.addEventListener('abort', () => resolve(finding(1))));
    answer = (_words, signal) => untilAborted(signal);
    const id = await saved.add({ words: 'a', watch: true });
    await untilRuns(1);
    await saved.remove(id);
    await settled();
    expect(saved.list()).toEqual([]);
    await saved.add({ words: 'b', watch: true });
    await untilRuns(2, MINUTE_MS);
    await stop();
    await start();
    expect(saved.list()).toMatchObject([{ words: 'b', lastRunMs: null }]);
  });
});

test('bad input gives one clear error and changes nothing', async () => {
  const id = await saved.add({ words: 'a', watch: false });
  const unknown = 'ffffffff' as SavedId;
  expect(await codeOf(saved.add({ words: ' a ', watch: true }))).toBe('saved.exists');
  expect(() => saved.add({ words: ' ', watch: true })).toThrow(AppError);
  const other = await saved.add({ words: 'b', watch: false });
  expect(await codeOf(saved.set({ id: other, words: 'a' }))).toBe('saved.exists');
  for (const work of [saved.set({ id: unknown, watch: true }), saved.remove(unknown), saved.seen(unknown)]) {
    expect(await codeOf(work)).toBe('saved.unknown');
  }
  for (let at = 2; at < 100; at++) await saved.add({ words: `search ${at}`, watch: false });
  expect(await codeOf(saved.add({ words: 'one more', watch: false }))).toBe('saved.too-many');
  expect(saved.list()).toHaveLength(100);
  expect(saved.list()[0]).toEqual({ id, words: 'a', watch: false, fresh: 0, lastRunMs: null, results: 0 });
});
