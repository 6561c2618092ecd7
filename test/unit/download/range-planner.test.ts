import { describe, expect, it } from 'vitest';
import type { PlannedSource, Run } from '../../../src-main/engine/download/planner-types.ts';
import { RangePlanner } from '../../../src-main/engine/download/range-planner.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';

const MIB = 2 ** 20;
const planner = (chunks: number) =>
  new RangePlanner(chunks, new SeededRandom(1), () => ({ runMs: 10_000, runMaxBytes: 64 * MIB }));
const source = (id: string, rateBps: number, more: Partial<PlannedSource> = {}): PlannedSource => ({
  id,
  rateBps,
  priority: 0,
  chunks: undefined,
  ...more,
});

function take(plan: RangePlanner, from: PlannedSource): Run {
  const run = plan.next(from)?.run;
  if (!run) throw new Error('nothing was assigned');
  return run;
}

function deliver(plan: RangePlanner, run: Run, chunks = run.to - run.next): void {
  for (let i = 0; i < chunks; i++) {
    const chunk = run.next;
    plan.advance(run);
    plan.settleChunk(chunk);
  }
  if (run.next >= run.to) plan.release(run);
}

const length = (run: Run): number => run.to - run.from;

/** Sources that send one after the other at their speeds, two runs asked of each. Gives the seconds taken and the chunks asked for in all. */
function play(chunks: number, rates: readonly number[]): { seconds: number; asked: number } {
  const plan = planner(chunks);
  const lines = rates.map((rate, id) => ({ source: source(`${id}`, rate), runs: [] as Run[], atSeconds: 0, asked: 0 }));
  const pump = () => {
    for (const line of lines) {
      while (line.runs.length < 2) {
        const run = plan.next(line.source)?.run;
        if (!run) break;
        line.asked += length(run);
        line.runs.push(run);
      }
    }
  };
  let nowSeconds = 0;
  for (pump(); !plan.complete; pump()) {
    for (const line of lines) if (line.runs.length === 0) line.atSeconds = nowSeconds;
    const ends = (line: (typeof lines)[number]) => line.atSeconds + MIB / line.source.rateBps;
    const first = lines.filter((line) => line.runs.length > 0).toSorted((a, b) => ends(a) - ends(b))[0];
    if (!first?.runs[0]) throw new Error('nobody is asked for what is left');
    nowSeconds = ends(first);
    first.atSeconds = nowSeconds;
    deliver(plan, first.runs[0], 1);
    first.runs = first.runs.filter((run) => run.next < run.to);
  }
  return { seconds: nowSeconds, asked: lines.reduce((sum, line) => sum + line.asked, 0) };
}

describe('what is remembered of sources', () => {
  it('is the last run of the latest ones: names that come without end do not fill memory', () => {
    const plan = planner(5000);
    const first = source('first', MIB);
    deliver(plan, take(plan, first));
    const second = take(plan, first);
    expect(length(second)).toBe(4);
    plan.release(second);
    for (let number = 0; number < 1000; number++) plan.release(take(plan, source(`stranger ${number}`, MIB)));
    expect(length(take(plan, first))).toBe(1);
  });
});

describe('range planner', () => {
  it.each([
    [192, [100, 100]],
    [192, [140, 120]],
    [300, [30, 40, 50, 60]],
  ])('fetches nothing twice from similar sources, which end together (%i chunks at %j MiB/s)', (chunks, rates) => {
    const { seconds, asked } = play(
      chunks,
      rates.map((rate) => rate * MIB),
    );
    const sum = rates.reduce((a, b) => a + b);
    expect(asked).toBe(chunks);
    expect(seconds - chunks / sum).toBeLessThan(1 / Math.min(...rates));
  });

  it('ends soon after the sum of unlike rates would, at the price of few chunks asked twice', () => {
    const { seconds, asked } = play(
      1024,
      [5, 10, 25, 60].map((rate) => rate * MIB),
    );
    expect(seconds).toBeLessThan(1024 / 100 + 0.05);
    expect(asked).toBeLessThanOrEqual(1024 + 4);
  });

  it('asks one chunk first, then grows at most fourfold up to ten seconds of the measured speed', () => {
    const plan = planner(1000);
    const one = source('a', 3 * MIB);
    const lengths: number[] = [];
    for (let i = 0; i < 5; i++) {
      const run = take(plan, one);
      lengths.push(length(run));
      deliver(plan, run);
    }
    expect(lengths).toEqual([1, 4, 16, 30, 30]);
  });

  it('never asks more than 64 MiB at once', () => {
    const plan = planner(10_000);
    const fast = source('a', 1000 * MIB);
    for (let i = 0; i < 6; i++) deliver(plan, take(plan, fast));
    expect(length(take(plan, fast))).toBe(64);
  });

  it('goes on where the source was', () => {
    const plan = planner(1000);
    const one = source('a', 3 * MIB);
    const first = take(plan, one);
    deliver(plan, first);
    expect(take(plan, one).from).toBe(first.to % 1000);
  });

  it('gives each source its share of what is left, so that they end together', () => {
    const plan = planner(32);
    const slow = source('slow', 10 * MIB);
    const fast = source('fast', 30 * MIB);
    for (const one of [slow, fast]) deliver(plan, take(plan, one));
    const a = take(plan, slow);
    const b = take(plan, fast);
    expect(length(a)).toBeLessThanOrEqual(Math.ceil(30 / 4));
    expect(length(b)).toBeLessThanOrEqual(4);
  });

  it('lets an idle source at least twice as fast take over the tail of a slow one, where both end together', () => {
    const plan = planner(20);
    const slow = source('slow', 0);
    const all = [take(plan, slow)];
    deliver(plan, all[0] as Run);
    const crawling = source('slow', 2 * MIB);
    const held: Run[] = [];
    for (let run = plan.next(crawling)?.run; run; run = plan.next(crawling)?.run) held.push(run);
    const before = held.map(length).reduce((a, b) => a + b, 0);
    expect(before).toBe(19);
    const fast = source('fast', 8 * MIB);
    const taken = plan.next(fast);
    expect(taken?.cut).toHaveLength(1);
    expect(taken?.cut[0]?.to).toBe(taken?.run.from);
    expect(taken?.cut[0]?.to).toBeLessThan(taken?.cut[0]?.asked ?? 0);
  });

  it('does not cut a source for one that is not twice as fast', () => {
    const plan = planner(12);
    const slow = source('slow', 2 * MIB);
    deliver(plan, take(plan, slow));
    while (plan.next(slow)) {
      // Until everything is asked.
    }
    const similar = plan.next(source('similar', 3 * MIB));
    expect(similar?.cut ?? []).toEqual([]);
  });

  it('races for the last chunk when that can be won, and never a third time', () => {
    const plan = planner(2);
    const slow = source('slow', MIB / 10);
    const first = take(plan, slow);
    const second = take(plan, slow);
    expect([first, second].map(length)).toEqual([1, 1]);
    const racers = ['x', 'y', 'z'].map((id) => plan.next(source(id, 50 * MIB))?.run);
    expect(racers.filter((run) => run !== undefined)).toHaveLength(2);
    expect(new Set(racers.slice(0, 2).map((run) => run?.from)).size).toBe(2);
  });

  it('frees what a lost source had not delivered', () => {
    const plan = planner(10);
    const one = source('a', 100 * MIB);
    deliver(plan, take(plan, one));
    const run = take(plan, one);
    deliver(plan, run, 1);
    plan.release(run);
    const rest: number[] = [];
    const other = source('b', 100 * MIB);
    for (let next = plan.next(other)?.run; next; next = plan.next(other)?.run) {
      for (let chunk = next.from; chunk < next.to; chunk++) rest.push(chunk);
    }
    expect(rest).toHaveLength(8);
  });

  it('asks a partial source only for what it has, rarest chunks first', () => {
    const plan = planner(8);
    const whole = source('whole', MIB);
    const partial = source('partial', MIB, { chunks: { has: (chunk) => chunk < 4 } });
    const run = take(plan, partial);
    expect(run.from).toBeLessThan(4);
    expect(take(plan, whole).from).toBeGreaterThanOrEqual(4);
  });

  describe('when somebody waits for a chunk', () => {
    it('goes on from there in order, and behind it to the rest', () => {
      const plan = planner(100);
      const one = source('a', MIB);
      deliver(plan, take(plan, one));
      plan.wantFrom(90);
      const from: number[] = [];
      while (!plan.complete) {
        const run = take(plan, one);
        from.push(run.from);
        expect(length(run)).toBeLessThanOrEqual(2);
        deliver(plan, run);
      }
      expect(from[0]).toBe(90);
      const behind = from.filter((chunk) => chunk >= 90);
      expect(from.slice(0, behind.length)).toEqual(behind.toSorted((a, b) => a - b));
    });

    it('shares the chunks behind it out in order among several sources', () => {
      const plan = planner(100);
      plan.wantFrom(50);
      const runs = ['a', 'b', 'c'].map((id) => take(plan, source(id, MIB)));
      expect(runs.map((run) => run.from)).toEqual([50, 51, 52]);
    });

    it('cuts long runs to the chunk that comes now, of sources that have what is wanted', () => {
      const plan = planner(1000);
      const whole = source('whole', 3 * MIB);
      const partial = source('partial', 3 * MIB, { chunks: { has: (chunk) => chunk < 500 } });
      const runs = [whole, partial].map((one) => {
        for (let i = 0; i < 3; i++) deliver(plan, take(plan, one));
        return take(plan, one);
      }) as [Run, Run];
      const before = runs.map((run) => run.to);
      const wanted = [900, 950, 800].find((chunk) => runs.every((run) => chunk < run.from || chunk >= run.to)) ?? 0;
      plan.wantFrom(wanted);
      expect(runs.map((run) => run.to)).toEqual([runs[0].next + 1, before[1]]);
      expect(runs[0].to).toBeLessThan(runs[0].asked);
      deliver(plan, runs[0]);
      expect(take(plan, whole).from).toBe(wanted);
    });

    it('cuts nothing when that chunk comes soon anyway', () => {
      const plan = planner(1000);
      const one = source('a', 10 * MIB);
      for (let i = 0; i < 3; i++) deliver(plan, take(plan, one));
      const run = take(plan, one);
      const { to } = run;
      for (const chunk of [run.next, run.next + 1, run.next + 15]) plan.wantFrom(chunk);
      expect(run.to).toBe(to);
      plan.wantFrom(run.next + 30);
      expect(run.to).toBe(run.next + 1);
    });

    it('is free in its order again when nobody waits any more', () => {
      const order = (look: (plan: RangePlanner) => void) => {
        const plan = planner(200);
        look(plan);
        return ['a', 'b', 'c'].map((id) => take(plan, source(id, MIB)).from);
      };
      const free = order(() => undefined);
      expect(order((plan) => [3, undefined].forEach((chunk) => void plan.wantFrom(chunk)))).toEqual(free);
      expect(order((plan) => plan.wantFrom(3))).not.toEqual(free);
    });
  });
});

describe('a web server', () => {
  it('is asked for no more at once than its limit, of what is free and of what another leaves it', () => {
    const plan = planner(4000);
    const web = source('web', 100 * MIB, { runMaxBytes: 16 * MIB });
    const lengths = Array.from({ length: 8 }, () => {
      const run = take(plan, web);
      deliver(plan, run);
      return length(run);
    });
    expect(Math.max(...lengths)).toBe(16);
    const alone = planner(64);
    const slow = source('slow', MIB);
    for (let run = take(alone, slow); length(run) < 8; run = take(alone, slow)) deliver(alone, run);
    while (alone.next(slow)) undefined;
    const tail = take(alone, source('web', 100 * MIB, { runMaxBytes: 2 * MIB }));
    expect(length(tail)).toBeLessThanOrEqual(2);
  });

  it('without ranges gets the beginning as far as nobody has it, and nothing once that is gone', () => {
    const plan = planner(10);
    const run = plan.fromStart(source('web', 0), false)?.run;
    expect([run?.from, run?.to]).toEqual([0, 10]);
    if (run) deliver(plan, run, 4);
    expect(plan.fromStart(source('other', 0), true)).toBeUndefined();
    const later = planner(10);
    later.markDone(6);
    expect(later.fromStart(source('web', 0), false)?.run).toMatchObject({ from: 0, to: 6 });
  });

  it('without ranges is not cut for a chunk that is waited for', () => {
    const plan = planner(40);
    const run = plan.fromStart(source('web', MIB, { sendsWhole: true, priority: -1 }), false)?.run;
    plan.wantFrom(30);
    expect(run?.to).toBe(40);
  });

  it('without ranges gets all up to the last chunk that is missing where nobody else can send it, and others take that over from its end or give it back', () => {
    const plan = planner(12);
    for (const chunk of [0, 1, 6, 7, 8, 11]) plan.markDone(chunk);
    const web = source('web', MIB, { priority: -1, sendsWhole: true });
    expect([plan.mayBegin(false), plan.fromStart(web, false)]).toEqual([false, undefined]);
    const run = plan.fromStart(web, true)?.run;
    expect([run?.from, run?.to]).toEqual([0, 11]);
    expect([plan.mayBegin(true), plan.fromStart(source('other', 0), true)]).toEqual([false, undefined]);
    // Its fair share begins where chunks are here.
    expect(take(plan, source('peer', MIB))).toMatchObject({ from: 9, to: 11 });
    expect(run?.to).toBe(9);
    for (const given of plan.runs) if (given !== run) plan.release(given);
    if (run) plan.advance(run);
    expect(run?.to).toBe(11);
    const last = planner(3);
    for (const chunk of [0, 1, 2]) last.markDone(chunk);
    expect(last.mayBegin(true)).toBe(false);
  });
});
