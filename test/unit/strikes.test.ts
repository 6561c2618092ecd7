import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import type { Remote } from '../../src-main/engine/ports/index.ts';
import { type Strike, Strikes } from '../../src-main/engine/trust/strikes.ts';
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
    strikes = new Strikes({ clock, settings: () => DEFAULT_SETTINGS, onStrike: (strike) => void told.push(strike) });
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
