import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateWindow } from '../../src-main/engine/rate-window.ts';
import { RateWindows } from '../../src-main/engine/rate-windows.ts';

describe('a rate window', () => {
  it('never holds more than its limit in any window', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (gaps, limit) => {
        const window = new RateWindow(1000);
        const taken: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (window.tryTake(now, 1, limit)) taken.push(now);
        }
        for (const end of taken) {
          expect(taken.filter((at) => at <= end && at > end - 1000).length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('has room again when it says so', () => {
    const window = new RateWindow(1000);
    expect([window.tryTake(0, 3, 3), window.tryTake(1, 1, 3)]).toEqual([true, false]);
    const wait = window.waitMs(1);
    expect(window.tryTake(wait, 1, 3)).toBe(false);
    expect(window.tryTake(1 + wait, 1, 3)).toBe(true);
  });

  it('lets what is larger than the limit into an empty window only', () => {
    const window = new RateWindow(1000);
    expect([window.tryTake(0, 9, 3), window.tryTake(0, 9, 3)]).toEqual([true, false]);
  });

  it('is one for each key, and the keys are bounded', () => {
    const windows = new RateWindows({ windowMs: 1000, maxKeys: 10 });
    const take = (key: string) => windows.tryTake(key, { nowMs: 0, cost: 1, limit: 1 });
    expect([take('a'), take('a'), take('b')]).toEqual([true, false, true]);
    for (let at = 0; at < 100; at++) take(`key ${at}`);
    expect(windows.size).toBe(10);
  });
});
