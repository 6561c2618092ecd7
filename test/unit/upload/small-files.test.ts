import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { drop, json, remotePeer, take, UploadWorld } from '../../support/upload-world.ts';

const [a, b, c] = [remotePeer(1), remotePeer(2), remotePeer(3)];

let world: UploadWorld;

beforeEach(async () => {
  world = await UploadWorld.start();
});
afterEach(async () => {
  await world.stop();
  expect(world.disk.openHandles).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
});

describe('small files', () => {
  test('go one after the other for one address, side by side for several', async () => {
    const files = [await world.share(100, 10), await world.share(200, 11)];
    const [first, second] = files.map((file) => file.hash);
    const from = remotePeer(7);
    const neighbour = remotePeer(8, from.address.host);
    const open = await world.ask(`/content/${first}`, { from });
    const waiting = [world.ask(`/content/${second}`, { from }), world.ask(`/content/${second}`, { from: neighbour })];
    const elsewhere = await world.ask(`/content/${second}`, { from: remotePeer(9) });
    expect(await Promise.race([...waiting, Promise.resolve('waits')])).toBe('waits');
    await take(elsewhere);
    await take(open);
    for (const response of waiting) expect((await take(await response)).length).toBe(200);
  });

  test('of which too many are being sent wait, and let go when their client leaves', async () => {
    world.settings = { ...world.settings, 'upload.small-lane': 1 };
    const small = await world.share(100, 10);
    const open = await world.ask(`/content/${small.hash}`, { from: a });
    const leaving = new AbortController();
    const left = world.ask(`/content/${small.hash}`, { from: b, signal: leaving.signal });
    const stays = world.ask(`/content/${small.hash}`, { from: c });
    await world.clock.advance(0);
    leaving.abort();
    await left;
    await take(open);
    expect(await take(await stays)).toEqual(small.bytes);
  });
});

describe('their lane', () => {
  let small: ContentHash;
  let leaving: AbortController;
  /** Requests of so many addresses, of each as many. */
  const crowd = (addresses: number, ofEach: number) =>
    Array.from({ length: addresses * ofEach }, (_, at) =>
      world.ask(`/content/${small}`, { from: remotePeer(at, `203.0.113.${at % addresses}`), signal: leaving.signal }),
    );

  beforeEach(async () => {
    ({ hash: small } = await world.share(100, 10));
    leaving = new AbortController();
  });

  test('is not filled by few addresses: those who wait with most give way', async () => {
    world.settings = { ...world.settings, 'upload.small-lane': 5 };
    const asked = crowd(5, 64);
    await world.clock.advance(10);
    const others = [a, b].map((from) => world.ask(`/content/${small}`, { from, signal: leaving.signal }));
    await world.clock.advance(10);
    expect(await Promise.race([...others, Promise.resolve('wait')])).toBe('wait');
    leaving.abort();
    await Promise.all((await Promise.all(others)).map(drop));
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ status }) => status === 503);
    const codes = refused.map((answer) => (json(answer) as { error: { code: string } }).error.code);
    expect(codes.filter((code) => code === 'content.too-many-waiting')).toHaveLength(2);
    // Five were sent, and 256 waited.
    expect(codes.filter((code) => code === 'content.queue-full')).toHaveLength(320 - 5 - 256);
    await Promise.all(answers.map(drop));
  });

  test('is open to who comes first of its address while a place is free, however many wait for others', async () => {
    world.settings = { ...world.settings, 'upload.small-lane': 17 };
    const asked = crowd(16, 17);
    await world.clock.advance(10);
    const first = await world.ask(`/content/${small}`, { from: a });
    expect(first.status).toBe(200);
    leaving.abort();
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 503)).toEqual([]);
    await Promise.all([first, ...answers].map(drop));
  });
});
