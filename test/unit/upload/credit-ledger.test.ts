import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CreditStore } from '../../../src-main/engine/store/credit-store.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { CreditLedger } from '../../../src-main/engine/upload/credit-ledger.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { nodeOf } from '../../support/upload-askers.ts';

const DAY = 24 * 3_600_000;
const GIB = 2 ** 30;
const [a, b] = [nodeOf(1), nodeOf(2)];

let clock: VirtualClock;
let database: MemoryDatabase;
let store: CreditStore;
let ledger: CreditLedger;
/** By how much the wall clock of this machine is set wrong. */
let wrongMs: number;

beforeEach(async () => {
  clock = new VirtualClock();
  wrongMs = 0;
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: ':memory:' });
  store = new CreditStore(database);
  ledger = makeLedger();
  await ledger.start();
});
afterEach(async () => {
  await ledger.stop();
  expect(clock.pendingTimers).toBe(0);
  await database.close();
});

function makeLedger(): CreditLedger {
  const wallMs = () => clock.wallMs() + wrongMs;
  const setTimer = clock.setTimer.bind(clock);
  const own = {
    monotonicMs: () => clock.monotonicMs(),
    wallMs,
    setTimer,
    sleep: clock.sleep.bind(clock),
    utcOffsetMs: () => 0,
  };
  return new CreditLedger({ clock: own, logger: new MemoryLogger(), store });
}
async function restart(): Promise<void> {
  ledger = makeLedger();
  await ledger.start();
}
const rows = () => database.all('SELECT node, received, sent FROM upload_credit ORDER BY node');

describe('what was exchanged', () => {
  test('adds up for each peer alone', () => {
    ledger.received(a, GIB);
    ledger.received(a, GIB);
    ledger.sent(a, 7);
    ledger.sent(b, 5);
    expect(ledger.terms(a)).toMatchObject({ received: 2 * GIB, sent: 7 });
    expect(ledger.terms(b)).toEqual({ received: 0, sent: 5, credit: 1 });
    expect(ledger.terms(nodeOf(3))).toEqual({ received: 0, sent: 0, credit: 1 });
  });

  test('counts half after 30 days', async () => {
    ledger.received(a, GIB);
    await clock.advance(30 * DAY);
    expect(ledger.terms(a).received).toBeCloseTo(GIB / 2, -1);
    ledger.received(a, GIB / 2);
    await clock.advance(30 * DAY);
    expect(ledger.terms(a).received).toBeCloseTo(GIB / 2, -1);
  });

  test('survives a restart, and grows older meanwhile', async () => {
    ledger.received(a, GIB);
    ledger.sent(a, GIB / 4);
    await ledger.stop();
    wrongMs = 15 * DAY;
    await restart();
    expect(ledger.terms(a).received).toBeCloseTo(GIB * Math.SQRT1_2, -2);
    expect(ledger.terms(a).sent).toBeCloseTo((GIB / 4) * Math.SQRT1_2, -2);
  });

  test.each([
    ['is set back by years', -3650 * DAY, 1],
    ['is set forward by years', 3650 * DAY, 0.5],
  ])('is not lost when the clock of this machine %s', async (_what, jumpMs, left) => {
    ledger.received(a, GIB);
    await ledger.stop();
    wrongMs = jumpMs;
    await restart();
    expect(ledger.terms(a).received).toBeCloseTo(GIB * left, -2);
    ledger.sent(a, 1);
    // The clock is right again: nothing comes back, and at most as much again goes.
    await ledger.stop();
    wrongMs = 0;
    await restart();
    expect(ledger.terms(a).received).toBeLessThanOrEqual(GIB * left + 1);
    expect(ledger.terms(a).received).toBeGreaterThanOrEqual((GIB * left) / 2 - 1);
  });
});

describe('the database', () => {
  test('is written some time after the first byte, not for each', async () => {
    ledger.received(a, GIB);
    await clock.advance(20_000);
    ledger.received(a, 1);
    expect(await rows()).toEqual([]);
    await clock.advance(11_000);
    expect(await rows()).toEqual([{ node: a, received: expect.closeTo(GIB, -5), sent: 0 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('that takes nothing costs nothing: it is written with the next', async () => {
    const save = store.save.bind(store);
    store.save = () => Promise.reject(new Error('full'));
    ledger.received(a, GIB);
    await clock.advance(31_000);
    expect(await rows()).toEqual([]);
    store.save = save;
    await clock.advance(31_000);
    expect(await rows()).toHaveLength(1);
  });

  test('keeps no row of next to nothing', async () => {
    ledger.sent(a, 1000);
    ledger.received(b, 100_000);
    await ledger.stop();
    expect(await rows()).toMatchObject([{ node: b }]);
    await restart();
    await clock.advance(60 * DAY);
    ledger.sent(b, 1);
    await ledger.stop();
    expect(await rows()).toEqual([]);
  });
});

test('ten thousand peers are remembered; of more, those are forgotten that gave least', async () => {
  for (let i = 1; i <= 50; i++) ledger.received(nodeOf(i), GIB);
  for (let i = 51; i <= 12_000; i++) ledger.sent(nodeOf(i), GIB + i);
  for (let i = 1; i <= 50; i++) expect(ledger.terms(nodeOf(i)).credit).toBeGreaterThan(4);
  expect(ledger.terms(nodeOf(60)).sent).toBe(0);
  expect(ledger.terms(nodeOf(12_000)).sent).toBeGreaterThan(0);
  await ledger.stop();
  const [{ count } = { count: 0 }] = await database.all<{ count: number }>(
    'SELECT count(*) AS count FROM upload_credit',
  );
  expect(count).toBeGreaterThan(8000);
  expect(count).toBeLessThanOrEqual(10_000);
});

describe('under ever new names', () => {
  test('as much waits to be written as there is room for, and no more', async () => {
    let written = 0;
    const save = store.save.bind(store);
    store.save = (rows) => {
      written += rows.changed.length + rows.removed.length;
      return save(rows);
    };
    for (let number = 1; number <= 25_000; number++) ledger.sent(nodeOf(number), 2 ** 16);
    await ledger.stop();
    expect(written).toBe(20_000);
  });
});
