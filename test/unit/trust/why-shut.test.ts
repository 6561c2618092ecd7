import { expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { Strikes } from '../../../src-main/engine/trust/strikes.ts';
import { whyShut } from '../../../src-main/engine/trust/why-shut.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const [GOOD, BANNED, BLOCKED] = ['198.51.100.1', '203.0.113.1', '192.0.2.1'];
const [HONEST, MISDOER, UNWANTED] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [NodeId, NodeId, NodeId];

test('a peer is shut out by its key, or when each of its addresses is, and open again when one of them is', async () => {
  const clock = new VirtualClock();
  const settings = () => ({ ...DEFAULT_SETTINGS, 'trust.ban': 3_600_000 });
  const strikes = new Strikes({ clock, settings, logger: new MemoryLogger(), onStrike: () => undefined });
  const rules: Readonly<Record<string, string>> = { [BLOCKED]: 'an address', [UNWANTED]: 'a key' };
  const ruleOfPeer = ({ nodeId = '', host }: { nodeId?: string | undefined; host: string }) =>
    rules[nodeId] ?? rules[host];
  const why = (nodeId: NodeId, ...hosts: string[]) =>
    whyShut({ blocks: { size: 2, ruleOfPeer }, strikes }, { nodeId, hosts });
  const strike = (nodeId: NodeId | undefined, host: string) => {
    while (!strikes.strike({ nodeId, address: { host, port: 1 } }, 'garbage'));
  };
  strike(undefined, BANNED);
  await clock.advance(1000);
  strike(MISDOER, '');
  const blocked = (rule: string) => ({ code: 'peer.blocked', rule, untilMs: Number.POSITIVE_INFINITY });
  const banned = (untilMs: number) => ({ code: 'peer.banned', untilMs });

  expect(why(HONEST, GOOD, BANNED, BLOCKED)).toBeUndefined();
  expect(why(HONEST)).toBeUndefined();
  expect(why(HONEST, BLOCKED)).toEqual(blocked('an address'));
  expect(why(HONEST, BANNED)).toEqual(banned(3_600_000));
  expect(why(HONEST, BLOCKED, BANNED)).toEqual(banned(3_600_000));
  expect(why(UNWANTED, GOOD)).toEqual(blocked('a key'));
  expect(why(MISDOER, GOOD, BANNED)).toEqual(banned(3_601_000));
  expect(why(MISDOER, BLOCKED)).toEqual(blocked('an address'));
  await clock.advance(3_600_000);
  expect(why(HONEST, BLOCKED, BANNED)).toBeUndefined();
});
