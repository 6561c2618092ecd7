import { beforeEach, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { HostCache } from '../../../src-main/engine/overlay/host-cache.ts';
import { LastContact } from '../../../src-main/engine/overlay/last-contact.ts';
import type { WhyShut } from '../../../src-main/engine/shut-out.ts';
import { HostCacheStore } from '../../../src-main/engine/store/host-cache-store.ts';
import { hostCache0040 } from '../../../src-main/engine/store/migrations/0040-host-cache.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { entry, node } from '../../support/search-fixtures.ts';

const SELF = node(999_999);
const HOUR = 3_600_000;
let clock: VirtualClock;
let database: MemoryDatabase;
beforeEach(async () => {
  clock = new VirtualClock();
  database = new MemoryDatabase();
  await migrate(database, { migrations: [hostCache0040], path: 'memory' });
});

async function opened(whyShut?: WhyShut): Promise<HostCache> {
  const store = new HostCacheStore(database);
  const known = { self: SELF, store, clock, random: new SeededRandom(1), logger: new MemoryLogger() };
  const cache = new HostCache({ ...known, contact: new LastContact(clock), whyShut });
  await cache.start();
  return cache;
}

/** An address in a /16 of its own for each `block`. */
const host = (block: number, last = 1) => `${20 + (block >> 8)}.${block & 255}.0.${last}`;
const reach = (cache: HostCache, number: number, at: string) => cache.reached({ entry: entry(number, at), rttMs: 5 });
const ids = (known: readonly { readonly nodeId: NodeId }[]) => known.map(({ nodeId }) => nodeId);
const parts = (cache: HostCache) => {
  const tried = cache.all().filter((known) => known.tried).length;
  return { tried, fromOthers: cache.all().length - tried };
};

test('the two that served best in earlier runs are dialled first, whatever strangers named since', async () => {
  const first = await opened();
  for (const number of [1, 2, 3]) reach(first, number, host(number));
  first.served(node(1), HOUR);
  first.served(node(2), 3 * HOUR);
  first.served(node(3), 2 * HOUR);
  await first.stop();
  const cache = await opened();
  for (let namer = 0; namer < 50; namer++) {
    const named = Array.from({ length: 200 }, (_, at) => entry(1000 + namer * 200 + at, host(at + 300, namer)));
    cache.heard(named, { host: host(namer + 600) });
  }
  for (let number = 20_000; number < 20_500; number++) reach(cache, number, host(number - 19_000));
  expect(ids(cache.candidates()).slice(0, 2)).toEqual([node(2), node(3)]);
  expect(parts(cache)).toEqual({ tried: 256, fromOthers: 800 });
});

test('one that served for less than ten minutes goes with the others', async () => {
  const first = await opened();
  reach(first, 1, host(1));
  first.served(node(1), 9 * 60_000);
  await first.stop();
  const cache = await opened();
  for (let number = 100; number < 600; number++) reach(cache, number, host(number));
  const evicted = cache.get(node(1)) === undefined;
  const isFirst = cache.candidates()[0]?.nodeId === node(1);
  expect(evicted || !isFirst).toBe(true);
});

test('one address block names at most 200, and at most 16 of one /16 are taken', async () => {
  const cache = await opened();
  cache.heard(
    Array.from({ length: 500 }, (_, at) => entry(at + 1, host(at))),
    { host: '50.1.0.1' },
  );
  expect(cache.all()).toHaveLength(200);
  cache.heard(
    Array.from({ length: 100 }, (_, at) => entry(at + 1000, `60.1.${at}.1`)),
    { host: '51.1.0.1' },
  );
  expect(cache.all()).toHaveLength(216);
});

test('private and loopback addresses are exempt from the limit of a /16', async () => {
  const cache = await opened();
  cache.heard(
    Array.from({ length: 30 }, (_, at) => entry(at + 1, `10.1.0.${at + 1}`)),
    { host: '10.1.0.250' },
  );
  for (let number = 100; number < 130; number++) reach(cache, number, '127.0.0.1');
  expect(parts(cache)).toEqual({ tried: 30, fromOthers: 30 });
});

test('of one /16 at most 8 are kept as tried, and those that served stay', async () => {
  const cache = await opened();
  reach(cache, 1, '60.1.0.1');
  cache.served(node(1), HOUR);
  for (let number = 2; number < 40; number++) reach(cache, number, `60.1.0.${number}`);
  expect(parts(cache).tried).toBe(8);
  expect(cache.get(node(1))).toBeDefined();
});

test('strangers do not change the address of one that this peer reached', async () => {
  const cache = await opened();
  reach(cache, 1, host(1));
  cache.heard([entry(1, '66.6.6.6')], { host: '66.6.6.7' });
  expect(cache.get(node(1))?.address.host).toBe(host(1));
});

test('one that stopped answering is tried at the address that others name now', async () => {
  const first = await opened();
  reach(first, 1, host(1));
  await first.stop();
  const cache = await opened();
  cache.heard([entry(1, host(2))], { host: host(3) });
  expect(cache.get(node(1))?.address.host).toBe(host(1));
  cache.failed(node(1), entry(1, host(1)).address);
  cache.heard([entry(1, host(2))], { host: host(3) });
  expect(cache.get(node(1))?.address.host).toBe(host(2));
});

const fail = (cache: HostCache, number: number) => cache.failed(node(number), entry(number, host(number)).address);

test('a named one is forgotten after two failures, one tried in an earlier run after hours of them, a proven one never', async () => {
  const first = await opened();
  for (const number of [1, 3]) reach(first, number, host(number));
  first.served(node(1), HOUR);
  await first.stop();
  const cache = await opened();
  cache.heard([entry(2, host(2))], { host: host(9) });
  const left = () => [1, 2, 3].filter((number) => cache.get(node(number)));
  const failAll = async () => {
    for (const number of [1, 2, 3]) fail(cache, number);
    await clock.advance(1000);
    reach(cache, 4, host(4));
  };
  reach(cache, 4, host(4));
  await failAll();
  expect(left()).toEqual([1, 2, 3]);
  await failAll();
  expect(left()).toEqual([1, 3]);
  for (let minutes = 0; minutes < 120; minutes++) {
    await failAll();
    await clock.advance(59_000);
  }
  expect(left()).toEqual([1, 3]);
  await clock.advance(10 * 60_000);
  reach(cache, 4, host(4));
  await failAll();
  expect(left()).toEqual([1]);
});

test('what was reached in the last day is not forgotten, however often it fails', async () => {
  const cache = await opened();
  reach(cache, 1, host(1));
  const failFor = async (hours: number) => {
    for (let hour = 0; hour < hours; hour++) {
      reach(cache, 2, host(2));
      fail(cache, 1);
      await clock.advance(1000);
      reach(cache, 2, host(2));
      await clock.advance(HOUR - 1000);
    }
  };
  await failFor(24);
  expect(cache.get(node(1))?.failures).toBeGreaterThan(4);
  await failFor(200);
  expect(cache.get(node(1))).toBeUndefined();
});

test('nobody is forgotten for failures of a time in which nobody answered, however long it was and however often it came', async () => {
  const first = await opened();
  reach(first, 1, host(1));
  await first.stop();
  const cache = await opened();
  cache.heard([entry(2, host(2))], { host: host(9) });
  for (let day = 0; day < 10; day++) {
    reach(cache, 4, host(4));
    await clock.advance(30_000);
    // The first of them right after somebody answered.
    for (let minutes = 0; minutes < 600; minutes++) {
      for (const number of [1, 2]) fail(cache, number);
      await clock.advance(60_000);
    }
  }
  reach(cache, 4, host(4));
  expect([1, 2].filter((number) => cache.get(node(number)))).toEqual([1, 2]);
});

test('who answers in the local network does not have those outside forgotten', async () => {
  const cache = await opened();
  cache.heard([entry(2, host(2)), entry(3, '192.168.1.3')], { host: host(9) });
  for (let minutes = 0; minutes < 60; minutes++) {
    reach(cache, 4, '192.168.1.4');
    fail(cache, 2);
    cache.failed(node(3), entry(3, '192.168.1.3').address);
    await clock.advance(60_000);
  }
  expect([2, 3].filter((number) => cache.get(node(number)))).toEqual([2]);
});

test('those that failed lately come last', async () => {
  const cache = await opened();
  for (const number of [1, 2, 3]) reach(cache, number, host(number));
  cache.failed(node(2), entry(2, host(2)).address);
  expect(ids(cache.candidates()).at(-1)).toBe(node(2));
});

test('only those reached in the last 24 h are named to others', async () => {
  const cache = await opened();
  reach(cache, 1, host(1));
  await clock.advance(23 * HOUR);
  reach(cache, 2, host(2));
  cache.heard([entry(3, host(3))], { host: host(9) });
  expect(ids(cache.nameable()).sort()).toEqual([node(1), node(2)].sort());
  await clock.advance(2 * HOUR);
  expect(ids(cache.nameable())).toEqual([node(2)]);
});

test('changes are saved together after a minute, and at the end', async () => {
  const cache = await opened();
  reach(cache, 1, host(1));
  reach(cache, 2, host(2));
  const rows = () => new HostCacheStore(database).all();
  await clock.advance(59_000);
  expect(await rows()).toHaveLength(0);
  await clock.advance(2000);
  expect(await rows()).toHaveLength(2);
  cache.forget(node(1));
  await cache.stop();
  expect(await rows()).toMatchObject([{ nodeId: node(2), tried: true, address: { host: host(2) } }]);
  expect(clock.pendingTimers).toBe(0);
});

test('it never holds this peer itself', async () => {
  const cache = await opened();
  cache.heard([entry(999_999, host(1))], { host: host(2) });
  reach(cache, 999_999, host(1));
  expect(cache.all()).toEqual([]);
});

test('whom this peer does not speak to is neither dialled nor named, however well it served, and is not forgotten', async () => {
  const first = await opened();
  for (const number of [1, 2, 3]) reach(first, number, host(number));
  first.served(node(1), HOUR);
  first.served(node(2), HOUR);
  await first.stop();
  let shut = true;
  const cache = await opened(({ nodeId, hosts }) =>
    shut && (nodeId === node(1) || hosts.includes(host(3))) ? { code: 'peer.banned', untilMs: HOUR } : undefined,
  );
  for (const number of [1, 2, 3]) reach(cache, number, host(number));
  expect([ids(cache.candidates()), ids(cache.nameable()), cache.provenCount]).toEqual([[node(2)], [node(2)], 1]);
  shut = false;
  expect([cache.candidates().length, cache.nameable().length, cache.provenCount]).toEqual([3, 3, 2]);
});
