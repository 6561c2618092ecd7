import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src-main/engine/token-bucket.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

function bucketOf(rate: number, capacity: number) {
  const clock = new VirtualClock();
  const values = { rate, capacity };
  const bucket = new TokenBucket({ clock, rate: () => values.rate, capacity: () => values.capacity });
  return { clock, values, bucket };
}

describe('a token bucket', () => {
  it('gives its capacity at once and then what its rate refills', async () => {
    const { clock, bucket } = bucketOf(10, 3);
    expect([1, 2, 3, 4].map(() => bucket.take(1))).toEqual([true, true, true, false]);
    await clock.advance(100);
    expect([bucket.take(1), bucket.take(1)]).toEqual([true, false]);
  });

  it('saves up no more than its capacity', async () => {
    const { clock, bucket } = bucketOf(10, 3);
    await clock.advance(1_000_000);
    expect([1, 2, 3, 4].map(() => bucket.take(1))).toEqual([true, true, true, false]);
  });

  it('takes more than its capacity only when full, and owes the rest', async () => {
    const { clock, bucket } = bucketOf(10, 3);
    expect(bucket.take(13)).toBe(true);
    await clock.advance(1250);
    expect(bucket.take(3)).toBe(false);
    await clock.advance(50);
    expect(bucket.take(3)).toBe(true);
  });

  it('serves those who wait in the order they came', async () => {
    const { clock, bucket } = bucketOf(100, 10);
    const order: string[] = [];
    void bucket.wait(60).then(() => order.push('large'));
    void bucket.wait(1).then(() => order.push('small'));
    expect(bucket.take(1)).toBe(false);
    await clock.advance(499);
    expect(order).toEqual([]);
    await clock.advance(20);
    expect(order).toEqual(['large', 'small']);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([7000, 1_000_000, 123_456_789])('keeps a rate of %i within 3 %% over 10 s', async (rate) => {
    const { clock, bucket } = bucketOf(rate, rate / 100);
    let given = 0;
    const piece = Math.min(256 * 1024, rate / 50);
    const consume = async () => {
      for (;;) {
        await bucket.wait(piece);
        given += piece;
      }
    };
    void consume();
    void consume();
    await clock.advance(10_000);
    expect(given / 10 / rate).toBeGreaterThan(0.97);
    expect(given / 10 / rate).toBeLessThan(1.03);
  });

  it('is not limited when the rate is 0, also for those who wait already', async () => {
    const { clock, values, bucket } = bucketOf(1, 1);
    let granted = false;
    void bucket.wait(1_000_000).then(() => {
      granted = true;
    });
    await clock.advance(1000);
    expect(granted).toBe(false);
    values.rate = 0;
    await clock.advance(250);
    expect(granted).toBe(true);
    expect(bucket.take(1e12)).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps nothing of what was saved up under a higher rate', async () => {
    const { clock, values, bucket } = bucketOf(10_000, 10_000);
    await clock.advance(5000);
    Object.assign(values, { rate: 10, capacity: 10 });
    expect([bucket.take(10), bucket.take(1)]).toEqual([true, false]);
    await clock.advance(100);
    expect(bucket.take(1)).toBe(true);
  });

  it('forgets a waiter that aborts and serves the next one', async () => {
    const { clock, bucket } = bucketOf(10, 1);
    const controller = new AbortController();
    const large = bucket.wait(1000, controller.signal);
    let granted = false;
    void bucket.wait(1).then(() => {
      granted = true;
    });
    controller.abort(new Error('gone'));
    await expect(large).rejects.toThrow('gone');
    await clock.advance(0);
    expect(granted).toBe(true);
    await expect(bucket.wait(1, controller.signal)).rejects.toThrow('gone');
  });

  it('is full again when all it gave was refilled', async () => {
    const { clock, bucket } = bucketOf(10, 3);
    expect(bucket.isFull).toBe(true);
    bucket.take(2);
    expect(bucket.isFull).toBe(false);
    await clock.advance(200);
    expect(bucket.isFull).toBe(true);
  });
});
