import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { Hit } from '../../../src-main/contract/search.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/contract/settings.ts';
import { RoundTrips } from '../../../src-main/engine/search/round-trips.ts';
import {
  type WaveDone,
  type WaveEnd,
  WaveSearch,
  type WaveSearchDeps,
} from '../../../src-main/engine/search/wave-search.ts';
import type { Hits } from '../../../src-main/engine/wire/messages/hits.ts';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { ScriptedSearchNetwork } from '../../support/scripted-search-network.ts';
import { content, entry, hit, hits, node, searchId, source, target, targets } from '../../support/search-fixtures.ts';

type Options = {
  readonly own?: readonly Hit[];
  readonly query?: Partial<Query>;
  readonly settings?: Partial<Settings>;
  readonly deps?: Partial<WaveSearchDeps>;
};

const clocks: VirtualClock[] = [];
afterEach(() => {
  for (const clock of clocks.splice(0)) expect(clock.pendingTimers, 'timers left by a search that ended').toBe(0);
});

/** A search by words for 100 results, and what its sink was given. */
function searchOf({ own = [], query = {}, settings = {}, deps = {} }: Options = {}) {
  const clock = new VirtualClock();
  const network = new ScriptedSearchNetwork(clock);
  const waves: WaveDone[] = [];
  const ends: (WaveEnd & { readonly atMs: number })[] = [];
  const found: { readonly wave: number; readonly hits: readonly Hit[] }[] = [];
  const words = query.hash === undefined ? { words: 'song' } : {};
  const search = new WaveSearch(
    { type: 'query', id: searchId(1), ...words, limit: 100, ...query },
    {
      hits: (_, wave, answer) => found.push({ wave, hits: answer.hits }),
      wave: (report) => waves.push(report),
      end: (end) => ends.push({ ...end, atMs: clock.monotonicMs() }),
    },
    {
      clock,
      random: new SeededRandom(1),
      logger: new MemoryLogger(),
      settings: () => ({ ...DEFAULT_SETTINGS, ...settings }),
      network,
      isStruck: () => false,
      ask: network.ask.bind(network),
      check: () => undefined,
      roundTrips: new RoundTrips(),
      own: async () => ({ hits: own, more: false }),
      permit: async () => true,
      ...deps,
    },
  );
  clocks.push(clock);
  const run = async () => {
    search.start();
    await clock.runUntil(() => ends.length > 0, 120_000);
    await clock.advance(0);
  };
  return { clock, network, search, waves, ends, found, run };
}

const sizes = (waves: readonly WaveDone[]) => waves.map(({ wave, asked }) => [wave, asked]);

describe('a search in waves', () => {
  it('asks others with the question alone: nothing of what the child sent says who it is, or where', async () => {
    const tellTale = { asked: ['0123456789ab'], results: 7, timeoutMs: 31_337, limit: 42 };
    const { network, run } = searchOf({ query: tellTale });
    network.add(targets(1, 10), () => ({ hits: hits(500, 1) }));
    await run();
    expect(network.asked.length).toBeGreaterThan(0);
    for (const { query } of network.asked) {
      expect(query).toEqual({ type: 'query', id: expect.any(String), words: 'song', limit: expect.any(Number) });
      expect(query.limit).not.toBe(tellTale.limit);
    }
  });

  it('is done with wave 0 when the own index has enough', async () => {
    const { network, waves, ends, run } = searchOf({ own: hits(0, 100) });
    network.add(targets(1, 10), () => ({ hits: hits(500, 1) }));
    await run();
    expect(waves).toMatchObject([{ wave: 0, asked: 1, answered: 1, results: 100 }]);
    expect(ends).toMatchObject([{ reason: 'limit', results: 100 }]);
    expect(network.asked).toEqual([]);
  });

  it('wants wave 0 as whole as any other', async () => {
    const limits: number[] = [];
    const own: WaveSearchDeps['own'] = async ({ limit }) => {
      limits.push(limit);
      return { hits: hits(0, Math.min(limit, 100)), more: true };
    };
    const { waves, ends, found, network, run } = searchOf({ query: { limit: 5 }, deps: { own } });
    network.add(targets(1, 10), () => ({ hits: hits(500, 1) }));
    await run();
    expect(limits).toEqual([200]);
    expect(found.flatMap((one) => one.hits)).toHaveLength(100);
    expect(waves).toMatchObject([{ wave: 0, results: 100 }]);
    expect(ends).toMatchObject([{ reason: 'limit', results: 100 }]);
    expect(network.asked).toEqual([]);
  });

  it('asks 8, then 32 while nothing is found, until nobody is left', async () => {
    const { network, waves, ends, run } = searchOf();
    network.add(targets(1, 48), () => ({ hits: [] }));
    await run();
    expect(sizes(waves)).toEqual([
      [0, 1],
      [1, 8],
      [2, 32],
      [3, 8],
    ]);
    expect(ends).toMatchObject([{ reason: 'exhausted', results: 0 }]);
  });

  it('sends a large wave in parts, and does not ask the rest when the first ones had enough', async () => {
    const { network, waves, ends, run } = searchOf({ query: { limit: 1 } });
    network.add(targets(1, 40), (at) => ({ hits: at === 12 ? hits(0, 1) : [] }));
    await run();
    expect(sizes(waves)).toEqual([
      [0, 1],
      [1, 8],
      [2, 11],
    ]);
    expect(ends).toMatchObject([{ reason: 'limit', results: 1 }]);
    expect(network.asked).toHaveLength(19);
  });

  it('waits for what is being checked instead of asking others, and passes on what is left of it', async () => {
    const { promise: checked, resolve } = Promise.withResolvers<Hits>();
    const check: WaveSearchDeps['check'] = (_, answer) => (answer.hits.length > 0 ? checked : undefined);
    const { clock, search, network, ends, found, waves } = searchOf({ query: { limit: 1 }, deps: { check } });
    network.add(targets(1, 40), (at) => ({ hits: at === 3 ? hits(0, 2) : [] }));
    search.start();
    await clock.advance(20_000);
    expect([network.asked.length, found.length, ends.length]).toEqual([8, 0, 0]);
    resolve({ type: 'hits', id: searchId(1), hits: hits(1, 1), more: false });
    await clock.runUntil(() => ends.length > 0, 1000);
    expect(found).toMatchObject([{ wave: 1, hits: hits(1, 1) }]);
    expect(waves.at(-1)).toMatchObject({ wave: 1, asked: 8, answered: 8, results: 1 });
  });

  it('finishes the wave that reaches the limit and delivers it whole', async () => {
    const { network, waves, ends, found, run } = searchOf();
    network.add(targets(1, 60), (at) => ({ hits: hits(100 * at, 20) }));
    await run();
    expect(ends).toMatchObject([{ reason: 'limit', results: 160 }]);
    expect(sizes(waves)).toEqual([
      [0, 1],
      [1, 8],
    ]);
    expect(found.flatMap((one) => one.hits)).toHaveLength(160);
  });

  it('asks each supernode once and tells it nothing of who searches', async () => {
    const { network, run } = searchOf({ query: { timeoutMs: 30_000, results: 1, asked: [] } });
    network.add(targets(1, 30), (at) => ({ hits: [], names: [entry(at + 2)] }));
    await run();
    expect(new Set(network.asked.map(({ nodeId }) => nodeId)).size).toBe(network.asked.length);
    for (const { query } of network.asked) {
      expect(query).toEqual({ type: 'query', id: network.asked[0]?.query.id, words: 'song', limit: 200 });
      // The child chose its own, and may have told it to others.
      expect(query.id).toMatch(/^[0-9a-f]{32}$/);
      expect(query.id).not.toBe(searchId(1));
    }
  });

  it('goes on to supernodes that answers name', async () => {
    const { network, ends, run } = searchOf();
    network.add([target(1)], () => ({ hits: [], names: [entry(50)] }));
    network.answers.set(node(50), { hits: hits(0, 2) });
    await run();
    expect(ends).toMatchObject([{ reason: 'exhausted', results: 2 }]);
  });

  it('waits for a silent supernode no longer than the allowance of its kind', async () => {
    for (const [session, allowance] of [
      [true, 2000],
      [false, 4000],
    ] as const) {
      const { network, waves, ends, run } = searchOf();
      network.add([target(1, { session })], () => ({ afterMs: Number.POSITIVE_INFINITY }));
      await run();
      expect(waves.at(-1)).toMatchObject({ wave: 1, asked: 1, answered: 0 });
      expect(ends[0]?.atMs).toBe(allowance);
    }
  });

  it('goes on after twice the median round trip, and counts a late answer until the end', async () => {
    const roundTrips = new RoundTrips();
    for (let at = 0; at < 5; at++) roundTrips.add('session', 300);
    const { network, waves, ends, found, run } = searchOf({ deps: { roundTrips } });
    network.add(targets(1, 8), (at) => (at === 0 ? { afterMs: 1500, hits: hits(0, 1) } : { afterMs: 10, hits: [] }));
    network.add(targets(20, 1), () => ({ afterMs: 10, hits: [] }));
    await run();
    expect(network.asked.at(-1)?.atMs).toBe(600);
    expect(waves.map(({ wave, answered }) => [wave, answered])).toEqual([
      [0, 1],
      [1, 7],
      [2, 1],
    ]);
    expect(found.map(({ wave }) => wave)).toEqual([1]);
    expect(ends).toMatchObject([{ reason: 'exhausted', results: 1, atMs: 1500 }]);
  });

  it('counts an unreachable supernode as asked and not answered', async () => {
    const { network, waves, run } = searchOf();
    network.add(targets(1, 2), (at) => (at === 0 ? {} : { hits: [] }));
    await run();
    expect(waves.at(-1)).toMatchObject({ asked: 2, answered: 1 });
  });

  it('is not ended by one supernode that claims a lot', async () => {
    const { network, ends, run } = searchOf({ query: { limit: 100 } });
    network.add(targets(1, 1), () => ({ hits: hits(0, 90) }));
    network.add(targets(2, 40), (at) => ({ hits: hits(1000 + at, 1) }));
    await run();
    expect(network.asked).toHaveLength(41);
    expect(ends).toMatchObject([{ reason: 'limit', results: 130 }]);
  });

  it('does not count what supernodes name that were struck meanwhile, and asks none that was struck before', async () => {
    const asked = async (struckFrom: number) => {
      let answered = 0;
      const isStruck = () => answered >= struckFrom;
      const { network, run } = searchOf({ query: { limit: 4 }, deps: { isStruck } });
      network.add(targets(1, 28), (at) => ({ hits: hits(at, 1) }));
      const ask = network.ask.bind(network);
      network.ask = (...args) => {
        answered++;
        return ask(...args);
      };
      await run();
      return network.asked.length;
    };
    // The first wave asks 8; what they name counts, or does not, and none of the others is asked then.
    expect([await asked(1000), await asked(8), await asked(0)]).toEqual([8, 8, 0]);
  });

  it('ends at 500 supernodes', async () => {
    const { network, ends, run } = searchOf();
    network.add(targets(1, 600), () => ({ hits: [] }));
    await run();
    expect(network.asked).toHaveLength(500);
    expect(ends).toMatchObject([{ reason: 'exhausted' }]);
  });

  it('ends at its timeout, and at 60 s whatever was asked for', async () => {
    for (const [timeoutMs, end] of [
      [3000, 3000],
      [900_000, 60_000],
    ] as const) {
      const { network, ends, run } = searchOf({ query: { timeoutMs }, settings: { 'search.max-supernodes': 10_000 } });
      network.add(targets(1, 2000), () => ({ afterMs: 1900, hits: [] }));
      await run();
      expect(ends).toMatchObject([{ reason: 'timeout', atMs: end }]);
    }
  });

  it('stops at once, and only once', async () => {
    const { clock, network, search, ends } = searchOf();
    network.add(targets(1, 8), () => ({ afterMs: 1000, hits: hits(0, 1) }));
    search.start();
    await clock.advance(100);
    search.stop();
    search.stop();
    await clock.advance(10_000);
    expect(ends).toMatchObject([{ reason: 'stopped', results: 0, atMs: 100 }]);
  });

  it('goes on with `more`: further results, asking nobody again', async () => {
    const { clock, network, search, waves, ends, run } = searchOf({ query: { limit: 8 } });
    network.add(targets(1, 40), (at) => ({ hits: hits(10 * at, 2) }));
    await run();
    const before = network.asked.length;
    search.more(8);
    await clock.runUntil(() => ends.length === 2, 60_000);
    await clock.advance(0);
    expect(network.asked.length).toBeGreaterThan(before);
    expect(new Set(network.asked.map(({ nodeId }) => nodeId)).size).toBe(network.asked.length);
    expect(waves.map(({ wave }) => wave)).toEqual(waves.map((_, at) => at));
    expect(ends[1]).toMatchObject({ reason: 'limit' });
    expect(ends[1]?.results).toBeGreaterThanOrEqual((ends[0]?.results ?? 0) + 8);
  });

  it('looks again into an own index that had more, without a second wave 0', async () => {
    let rows = hits(0, 2);
    const { clock, search, waves, ends, found, run } = searchOf({
      query: { limit: 2 },
      deps: { own: async () => ({ hits: rows, more: true }) },
    });
    await run();
    rows = hits(2, 2);
    search.more(2);
    await clock.runUntil(() => ends.length === 2, 60_000);
    await clock.advance(0);
    expect(waves.map(({ wave }) => wave)).toEqual([0]);
    expect(found.map((one) => one.hits.length)).toEqual([2, 2]);
    expect(ends).toMatchObject([{ results: 2 }, { reason: 'limit', results: 4 }]);
  });

  it('takes over from another parent: asks none of those asked, and counts what was found', async () => {
    const asked = targets(1, 3).map(({ entry: { nodeId } }) => nodeId.slice(0, 12));
    const { network, ends, run } = searchOf({ query: { asked, results: 98, limit: 100 }, own: hits(0, 1) });
    network.add(targets(1, 4), (at) => ({ hits: hits(10 + at, 1) }));
    await run();
    expect(network.asked.map(({ nodeId }) => nodeId)).toEqual([node(4)]);
    expect(ends).toMatchObject([{ reason: 'limit', results: 100 }]);
  });

  it('by hash has smaller waves, wants sources, and ignores other contents', async () => {
    const { network, waves, ends, found, run } = searchOf({ query: { hash: content(7), limit: 50 } });
    const other = hit(8, { sources: [source(1)] });
    network.add(targets(1, 30), (at) => ({ hits: [hit(7, { sources: [source(at), source(500)] }), other] }));
    await run();
    expect(waves[1]?.asked).toBe(4);
    expect(new Set(found.flatMap((one) => one.hits.map(({ hash }) => hash)))).toEqual(new Set([content(7)]));
    expect(ends).toMatchObject([{ reason: 'exhausted', results: 31 }]);
  });

  it('ends with the reason when the budget is used up or the query cannot be asked', async () => {
    const refused = searchOf({ deps: { permit: async () => false } });
    refused.network.add(targets(1, 1), () => ({ hits: [] }));
    await refused.run();
    expect(refused.ends).toMatchObject([{ reason: 'stopped', error: 'search.over-budget' }]);
    const own = async () => {
      throw new AppError('search.query-invalid', { why: 'scripted' });
    };
    const invalid = searchOf({ deps: { own } });
    await invalid.run();
    expect(invalid.ends).toMatchObject([{ reason: 'stopped', error: 'search.query-invalid' }]);
  });
});
