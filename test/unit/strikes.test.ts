import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import type { Remote } from '../../src-main/engine/ports/index.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { StrikeStore } from '../../src-main/engine/store/strike-store.ts';
import { type Strike, Strikes } from '../../src-main/engine/trust/strikes.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

const HOUR = 3_600_000;
const node = (n: number) => n.toString(16).padStart(64, '0') as NodeId;
const remote = (host: string, nodeId?: NodeId): Remote => ({ nodeId, address: { host, port: 1214 } });

describe('strikes', () => {
  let clock: VirtualClock;
  let strikes: Strikes;
  let told: Strike[];

  beforeEach(() => {
    clock = new VirtualClock();
    told = [];
    const onStrike = (strike: Strike) => void told.push(strike);
    strikes = new Strikes({ clock, logger: new MemoryLogger(), settings: () => DEFAULT_SETTINGS, onStrike });
  });

  const strike = (who: Remote, times: number) => {
    for (let i = 0; i < times; i++) strikes.strike(who, 'bad HTTP');
  };

  it('ban a peer at the fifth, wherever it comes from, for an hour', async () => {
    strike(remote('8.8.8.8', node(1)), 4);
    expect(strikes.isBanned(remote('8.8.8.8', node(1)))).toBe(false);
    strike(remote('8.8.8.8', node(1)), 1);
    expect(strikes.isBanned(remote('9.9.9.9', node(1)))).toBe(true);
    expect(strikes.isBanned(remote('8.8.8.8', node(2)))).toBe(false);
    expect(told.map((each) => [each.strikes, each.isBanned])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, false],
      [5, true],
    ]);
    await clock.advance(HOUR);
    expect(strikes.isBanned(remote('9.9.9.9', node(1)))).toBe(false);
  });

  it('decay: one is forgiven in ten minutes', async () => {
    strike(remote('8.8.8.8', node(1)), 4);
    await clock.advance(HOUR / 6);
    strike(remote('8.8.8.8', node(1)), 1);
    expect(strikes.isBanned(remote('8.8.8.8', node(1)))).toBe(false);
    strike(remote('8.8.8.8', node(1)), 1);
    expect(strikes.isBanned(remote('8.8.8.8', node(1)))).toBe(true);
  });

  it('ban an address without a key, and every peer behind it', () => {
    strike(remote('8.8.8.8'), 5);
    expect(strikes.isBanned(remote('8.8.8.8'))).toBe(true);
    expect(strikes.isBanned(remote('8.8.8.8', node(1)))).toBe(true);
    expect(strikes.isBanned(remote('8.8.8.9'))).toBe(false);
    strike(remote('2001:db8::1'), 5);
    expect(strikes.isBanned(remote('2001:db8::ffff'))).toBe(true);
    expect(strikes.isBanned(remote('2001:db8:0:1::1'))).toBe(false);
  });

  it('ban an address that goes on under new keys', () => {
    for (let i = 0; i < 19; i++) strike(remote('8.8.8.8', node(i)), 1);
    expect(strikes.isBanned(remote('8.8.8.8', node(100)))).toBe(false);
    strike(remote('8.8.8.8', node(20)), 1);
    expect(strikes.isBanned(remote('8.8.8.8', node(100)))).toBe(true);
  });

  it('of peers at an address and of nobody known there are counted apart', async () => {
    for (let i = 0; i < 19; i++) strike(remote('8.8.8.8', node(i)), 1);
    strike(remote('8.8.8.8'), 4);
    expect(strikes.isBanned(remote('8.8.8.8', node(100)))).toBe(false);
    expect(strikes.list(1).entries[0]?.strikes).toBe(23);
    strike(remote('8.8.8.8'), 1);
    expect(strikes.isBanned(remote('8.8.8.8', node(100)))).toBe(true);
    await clock.advance(HOUR);
    expect(strikes.isBanned(remote('8.8.8.8', node(100)))).toBe(false);
    for (let i = 0; i < 7; i++) strike(remote('8.8.8.8', node(i)), 1);
    expect(strikes.isBanned(remote('8.8.8.8', node(100)))).toBe(true);
  });

  it('do not count addresses that many peers share', () => {
    strike(remote('192.168.1.1'), 100);
    expect(strikes.isBanned(remote('192.168.1.1', node(1)))).toBe(false);
    strike(remote('192.168.1.1', node(1)), 5);
    expect(strikes.isBanned(remote('192.168.1.1', node(1)))).toBe(true);
    expect(strikes.isBanned(remote('192.168.1.1', node(2)))).toBe(false);
  });

  it('take bounded memory, and keep bans longest', () => {
    strike(remote('8.8.8.8', node(1)), 5);
    for (let i = 0; i < 20_000; i++) strike(remote('10.0.0.1', node(1000 + i)), 1);
    expect(strikes.size).toBe(10_000);
    expect(strikes.isBanned(remote('10.0.0.1', node(1)))).toBe(true);
  });
});

describe('the history of strikes', () => {
  const MINUTE = 60_000;
  let database: MemoryDatabase;
  let wallMs: number;
  let clock: VirtualClock;
  let strikes: Strikes;
  const start = async () => {
    clock = new VirtualClock();
    clock.wallMs = () => wallMs + clock.monotonicMs();
    const settings = () => DEFAULT_SETTINGS;
    const store = new StrikeStore(database);
    strikes = new Strikes({ clock, logger: new MemoryLogger(), settings, store, onStrike: () => {} });
    await strikes.start();
  };
  /** Off for so long by this machine's clock. */
  const restart = async (awayMs: number) => {
    await strikes.stop();
    wallMs = clock.wallMs() + awayMs;
    await start();
  };
  const list = () => strikes.list(10).entries;

  beforeEach(async () => {
    database = new MemoryDatabase();
    await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
    wallMs = 1e12;
    await start();
  });
  afterEach(() => database.close());

  it('has as much waiting to be written as there is room for, however many names come', async () => {
    for (let number = 1; number <= 25_000; number++) strikes.strike(remote('10.0.0.1', node(number)), 'a lie');
    const written: string[] = [];
    const transact = database.transact.bind(database);
    database.transact = (statements) => {
      written.push(...statements.map(({ sql }) => sql));
      return transact(statements);
    };
    await strikes.stop();
    expect(written).toHaveLength(20_000);
  });

  it('is there after a restart: the last five reasons, what stands, and the rest of a ban', async () => {
    for (const why of ['one', 'two', 'three', 'four', 'five', 'six']) {
      strikes.strike(remote('10.0.0.1', node(1)), why);
      await clock.advance(1);
    }
    strikes.strike(remote('2001:db8::1'), 'x'.repeat(500));
    await restart(20 * MINUTE);
    const [block, peer] = list();
    expect(block).toMatchObject({ kind: 'address', who: '2001:db8:0:0::/64', bannedMs: null, strikes: 0 });
    expect(block?.reasons[0]?.why).toHaveLength(100);
    expect(peer).toMatchObject({ kind: 'node', who: node(1) });
    expect(peer?.reasons.map(({ why }) => why)).toEqual(['six', 'five', 'four', 'three', 'two']);
    expect((peer?.bannedMs ?? 0) / MINUTE).toBeCloseTo(40, 0);
    expect((peer?.reasons[0]?.agoMs ?? 0) / MINUTE).toBeCloseTo(20, 0);
    expect(strikes.isBanned(remote('9.9.9.9', node(1)))).toBe(true);
    await restart(41 * MINUTE);
    expect(strikes.isBanned(remote('9.9.9.9', node(1)))).toBe(false);
  });

  it('tells strikes of peers at an address from those of nobody known there', async () => {
    for (let i = 0; i < 19; i++) strikes.strike(remote('8.8.8.8', node(i)), 'bad HTTP');
    for (let i = 0; i < 3; i++) strikes.strike(remote('8.8.8.8'), 'bad HTTP');
    await restart(0);
    strikes.strike(remote('8.8.8.8'), 'bad HTTP');
    expect(strikes.isBanned(remote('8.8.8.8'))).toBe(false);
    strikes.strike(remote('8.8.8.8', node(20)), 'bad HTTP');
    expect(strikes.isBanned(remote('8.8.8.8'))).toBe(true);
  });

  it('makes no ban longer when the clock of this machine is set back', async () => {
    for (let i = 0; i < 5; i++) strikes.strike(remote('8.8.8.8', node(1)), 'bad HTTP');
    await restart(-365 * 24 * HOUR);
    const banned = list().find(({ kind }) => kind === 'node')?.bannedMs ?? 0;
    expect(banned / MINUTE).toBeCloseTo(60, 0);
    await clock.advance(HOUR);
    expect(strikes.isBanned(remote('8.8.8.8', node(1)))).toBe(false);
  });

  it('has no ban that begins anew at each start, where the clock of this machine was ahead or is set back later', async () => {
    const isBanned = () => strikes.isBanned(remote('10.0.0.1', node(1)));
    for (let i = 0; i < 5; i++) strikes.strike(remote('10.0.0.1', node(1)), 'bad HTTP');
    await restart(-12 * 24 * HOUR);
    await clock.advance(HOUR / 2);
    expect(isBanned()).toBe(true);
    // A crash: nothing more is written than what was by then.
    wallMs = clock.wallMs();
    await start();
    await clock.advance(HOUR / 2 + MINUTE);
    expect(isBanned()).toBe(false);
    await restart(-24 * HOUR);
    expect(isBanned()).toBe(false);
  });

  it('is forgiven by NodeId or address, now and after a restart; what nobody did cannot be', async () => {
    for (let i = 0; i < 5; i++) strikes.strike(remote('2001:db8::1'), 'bad HTTP');
    for (let i = 0; i < 5; i++) strikes.strike(remote('10.0.0.1', node(1)), 'bad HTTP');
    await restart(0);
    for (const { who } of list()) expect(strikes.forgive(who)).toBe(true);
    expect(strikes.isBanned(remote('2001:db8::1', node(1)))).toBe(false);
    await restart(0);
    expect(list()).toEqual([]);
    expect(strikes.forgive(node(1))).toBe(false);
  });

  it('ends after a month without a further strike, and is written a moment after it grew', async () => {
    strikes.strike(remote('8.8.8.8', node(1)), 'bad HTTP');
    await clock.advance(10_000);
    await start();
    expect(list()).toHaveLength(2);
    await restart(31 * 24 * HOUR);
    expect(list()).toEqual([]);
  });
});
