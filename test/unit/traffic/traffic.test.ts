import { beforeEach, expect, test } from 'vitest';
import type { ContentHash, NodeId } from '../../../src-main/contract/ids.ts';
import { trafficViewSchema } from '../../../src-main/contract/network.ts';
import type { ContentClient, RangeSink } from '../../../src-main/engine/ports/index.ts';
import { CountingContentClient } from '../../../src-main/engine/traffic/counting-content-client.ts';
import { Traffic } from '../../../src-main/engine/traffic/traffic.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

let clock: VirtualClock;
let traffic: Traffic;
beforeEach(async () => {
  clock = new VirtualClock();
  // A machine is on for longer than the peer.
  await clock.advance(12_345);
  traffic = new Traffic(clock);
});

const MINUTE_MS = 60_000;

test('a new peer has no samples, and needs no timer to get some', async () => {
  expect(traffic.view()).toEqual({
    stepMs: 2000,
    samples: [],
    longStepMs: 300_000,
    long: [],
    totals: { down: 0, up: 0 },
  });
  await clock.advance(6000);
  expect(traffic.view().samples).toEqual(Array(3).fill({ down: 0, up: 0 }));
  expect(clock.pendingTimers).toBe(0);
});

test('bytes are in the step in which they came, and in the sum', async () => {
  traffic.down(4000, '8.8.8.8');
  await clock.advance(1999);
  traffic.down(2000, '8.8.8.8');
  expect(traffic.view().samples).toEqual([]);
  await clock.advance(1);
  traffic.up(500, '8.8.8.8');
  await clock.advance(4000);
  traffic.down(1, '8.8.8.8');
  expect(traffic.view().samples).toEqual([
    { down: 3000, up: 0 },
    { down: 0, up: 250 },
    { down: 0, up: 0 },
  ]);
  expect(traffic.view().totals).toEqual({ down: 6001, up: 500 });
});

test('ten minutes and a day are remembered, and no more', async () => {
  for (let minute = 0; minute < 25 * 60; minute++) {
    traffic.up(minute, '8.8.8.8');
    await clock.advance(MINUTE_MS);
  }
  const { samples, long } = traffic.view();
  expect(trafficViewSchema.safeParse(traffic.view()).success).toBe(true);
  expect([samples.length, long.length]).toEqual([300, 288]);
  // The first of each minute's steps has all its bytes.
  expect(samples.filter((_, at) => at % 30 === 0).map(({ up }) => 2 * up)).toEqual(
    Array.from({ length: 10 }, (_, at) => 1490 + at),
  );
  expect(samples.filter(({ up }) => up > 0)).toHaveLength(10);
  const lastFive = 1495 + 1496 + 1497 + 1498 + 1499;
  expect(long.at(-1)?.up).toBeCloseTo(lastFive / 300);
  expect(long[0]?.up).toBeCloseTo((60 + 61 + 62 + 63 + 64) / 300);
});

test('after a long silence nothing of before is left in the samples', async () => {
  traffic.down(1000, '8.8.8.8');
  await clock.advance(11 * MINUTE_MS);
  const { samples, long, totals } = traffic.view();
  expect(samples).toEqual(Array(300).fill({ down: 0, up: 0 }));
  expect(long.map(({ down }) => down > 0)).toEqual([true, false]);
  expect(totals.down).toBe(1000);
});

test('the speed now is smoothed and dies away', async () => {
  for (let second = 0; second < 30; second++) {
    traffic.down(1_000_000, '8.8.8.8');
    await clock.advance(1000);
  }
  expect(traffic.rates().down).toBeGreaterThan(700_000);
  expect(traffic.rates().down).toBeLessThan(1_100_000);
  expect(traffic.rates().up).toBe(0);
  await clock.advance(2 * MINUTE_MS);
  expect(traffic.rates().down).toBe(0);
});

test('what goes within the own network is counted apart: it says nothing of the line', () => {
  traffic.up(5, '8.8.8.8');
  traffic.up(1000, '192.168.1.7');
  traffic.down(7, '2001:4860::1');
  traffic.down(1000, 'fe80::1');
  expect([traffic.outside, traffic.view().totals]).toEqual([
    { down: 7, up: 5 },
    { down: 1007, up: 1005 },
  ]);
});

test('what comes in is counted once it is there, and passed on unchanged', async () => {
  const told: string[] = [];
  const sink: RangeSink = {
    head: (status) => told.push(`head ${status}`),
    room: () => new Uint8Array(7),
    filled: (bytes) => told.push(`filled ${bytes}`),
    end: () => told.push('end'),
    failed: () => told.push('failed'),
  };
  const remote = { nodeId: 'a'.repeat(64) as NodeId, address: { host: '10.0.0.1', port: 1 } };
  let asked = 0;
  const client: ContentClient = {
    connect: async () => ({
      remote,
      fetch: (range, counted) => {
        asked = range.end;
        counted.head(206, {});
        counted.filled(counted.room()?.length ?? 0);
        counted.filled(3);
        counted.end();
        counted.failed(new Error('late'));
      },
      resume: () => told.push('resume'),
      close: () => told.push('close'),
    }),
  };
  const counting = new CountingContentClient(client, (bytes, host) => traffic.down(bytes, host));
  const connection = await counting.connect({ address: remote.address });
  connection.fetch({ hash: 'b'.repeat(64) as ContentHash, start: 0, end: 10 }, sink);
  connection.resume();
  connection.close();
  expect(connection.remote).toBe(remote);
  expect(asked).toBe(10);
  expect(told).toEqual(['head 206', 'filled 7', 'filled 3', 'end', 'failed', 'resume', 'close']);
  expect([traffic.view().totals, traffic.outside]).toEqual([
    { down: 10, up: 0 },
    { down: 0, up: 0 },
  ]);
});
