import { describe, expect, it } from 'vitest';
import { RoundTrips } from '../../../src-main/engine/search/round-trips.ts';

describe('how long a wave waits', () => {
  it('is the whole allowance until enough answers of that kind are known', () => {
    const trips = new RoundTrips();
    for (let at = 0; at < 5; at++) trips.add('dial', 300);
    trips.add('session', 300);
    expect(trips.waitMs('session', 2000)).toBe(2000);
  });

  it('is twice the median of the same kind', () => {
    const trips = new RoundTrips();
    for (const ms of [9000, 200, 300, 400, 1]) trips.add('session', ms);
    for (const ms of [700, 700, 700]) trips.add('dial', ms);
    expect([trips.waitMs('session', 2000), trips.waitMs('dial', 4000)]).toEqual([600, 1400]);
  });

  it('is neither below what a pause costs nor above the allowance', () => {
    const [near, far] = [new RoundTrips(), new RoundTrips()];
    for (let at = 0; at < 5; at++) {
      near.add('session', 1);
      far.add('session', 5000);
    }
    expect([near.waitMs('session', 2000), far.waitMs('session', 2000)]).toEqual([250, 2000]);
  });
});
