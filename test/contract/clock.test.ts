import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src-main/engine/ports/index.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

/** `pass` lets the clock's time go on by about `ms`. */
const adapters: [string, () => { clock: Clock; pass: (ms: number) => Promise<void> }][] = [
  [
    'SystemClock',
    () => ({ clock: new SystemClock(), pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 20)) }),
  ],
  [
    'VirtualClock',
    () => {
      const clock = new VirtualClock();
      return { clock, pass: (ms) => clock.advance(ms) };
    },
  ],
];

describe.each(adapters)('%s', (_, make) => {
  test('monotonic time grows by what passes', async () => {
    const { clock, pass } = make();
    const before = clock.monotonicMs();
    await pass(20);
    expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(20);
  });

  test('wall time is a plausible date and moves with monotonic time', async () => {
    const { clock, pass } = make();
    const before = clock.wallMs();
    expect(before).toBeGreaterThan(Date.UTC(2025, 0));
    await pass(20);
    expect(clock.wallMs() - before).toBeGreaterThanOrEqual(19);
  });

  test('a timer fires once, after its delay', async () => {
    const { clock, pass } = make();
    const start = clock.monotonicMs();
    const fired: number[] = [];
    clock.setTimer(10, () => fired.push(clock.monotonicMs() - start));
    expect(fired).toEqual([]);
    await pass(30);
    await pass(30);
    expect(fired).toHaveLength(1);
    // Node's timers count whole ms and may come a fraction early.
    expect(fired[0]).toBeGreaterThanOrEqual(9);
  });

  test('timers fire in order of their delays', async () => {
    const { clock, pass } = make();
    const fired: string[] = [];
    clock.setTimer(30, () => fired.push('late'));
    clock.setTimer(1, () => fired.push('early'));
    await pass(40);
    expect(fired).toEqual(['early', 'late']);
  });

  test('a cancelled timer does not fire, and cancelling again or late does no harm', async () => {
    const { clock, pass } = make();
    const fired: string[] = [];
    const cancelled = clock.setTimer(5, () => fired.push('cancelled'));
    const kept = clock.setTimer(5, () => fired.push('kept'));
    cancelled.cancel();
    cancelled.cancel();
    await pass(10);
    kept.cancel();
    expect(fired).toEqual(['kept']);
  });

  test('a delay of 30 days is not cut to a short one', async () => {
    const { clock, pass } = make();
    let fired = false;
    const timer = clock.setTimer(30 * 24 * 3600 * 1000, () => {
      fired = true;
    });
    await pass(20);
    expect(fired).toBe(false);
    timer.cancel();
  });

  test('a negative delay is none', async () => {
    const { clock, pass } = make();
    let fired = false;
    clock.setTimer(-5, () => {
      fired = true;
    });
    await pass(1);
    expect(fired).toBe(true);
  });

  test('sleep resolves after its delay', async () => {
    const { clock, pass } = make();
    let awake = false;
    const slept = clock.sleep(10).then(() => {
      awake = true;
    });
    expect(awake).toBe(false);
    await pass(20);
    await slept;
    expect(awake).toBe(true);
  });

  test("sleep rejects with the signal's reason, aborted before or meanwhile", async () => {
    const { clock } = make();
    const reason = new Error('enough');
    await expect(clock.sleep(10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const slept = clock.sleep(10_000, controller.signal);
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
  });
});

describe('VirtualClock alone', () => {
  test('lets chains of promises end before the next task', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.setTimer(5, () => {
      void (async () => {
        for (let turn = 0; turn < 200; turn++) await Promise.resolve();
        seen.push('chain');
      })();
    });
    clock.setTimer(5, () => seen.push('next'));
    await clock.advance(5);
    expect(seen).toEqual(['chain', 'next']);
  });

  test('runs a task at exactly its time, also one set by another task', async () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    clock.setTimer(10, () => {
      at.push(clock.monotonicMs());
      clock.setTimer(5, () => at.push(clock.monotonicMs()));
    });
    await clock.advance(100);
    expect(at).toEqual([10, 15]);
    expect(clock.monotonicMs()).toBe(100);
  });

  test('runUntil stops at the moment its predicate holds and fails when it never does', async () => {
    const clock = new VirtualClock();
    let done = false;
    clock.setTimer(70, () => {
      done = true;
    });
    expect(await clock.runUntil(() => done, 1000)).toBe(70);
    await expect(clock.runUntil(() => false, 1000)).rejects.toThrow('1000 virtual ms');
  });

  test('gives up on timers that rearm without end', async () => {
    const clock = new VirtualClock({ maxTasks: 100 });
    const rearm = (): void => void clock.setTimer(0, rearm);
    rearm();
    await expect(clock.advance(1)).rejects.toThrow('rearm');
  });

  test('counts timers that are still set', async () => {
    const clock = new VirtualClock();
    const timer = clock.setTimer(10, () => {});
    clock.setTimer(5, () => {});
    expect(clock.pendingTimers).toBe(2);
    await clock.advance(5);
    timer.cancel();
    timer.cancel();
    expect(clock.pendingTimers).toBe(0);
  });

  test('keeps a thousand shuffled timers in order', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (let at = 0; at < 1000; at++) {
      const delay = (at * 733) % 1009;
      clock.setTimer(delay, () => fired.push(delay));
    }
    await clock.advance(2000);
    expect(fired).toHaveLength(1000);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });
});
