import { expect, test } from 'vitest';
import { NO_ADDRESS } from '../../../src-main/contract/address.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { Strikes } from '../../../src-main/engine/trust/strikes.ts';
import { askerOf } from '../../../src-main/engine/upload/asker.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { nodeOf } from '../../support/upload-askers.ts';

const one = { nodeId: nodeOf(1), address: NO_ADDRESS };
const other = { nodeId: nodeOf(2), address: NO_ADDRESS };

test('who was met at a relay counts by its key alone, and shows no address', () => {
  expect(askerOf(one)).toEqual({ nodeId: one.nodeId, party: one.nodeId, block: one.nodeId, address: '' });
  expect(askerOf(other).block).not.toBe(askerOf(one).block);
});

test('strikes of one who was met at a relay ban it, and nobody else', () => {
  const settings = () => DEFAULT_SETTINGS;
  const strikes = new Strikes({ clock: new VirtualClock(), logger: new MemoryLogger(), settings, onStrike: () => {} });
  for (let time = 0; time < 100; time++) strikes.strike(one, 'too much');
  expect(strikes.isBanned(one)).toBe(true);
  expect(strikes.isBanned(other)).toBe(false);
  expect(strikes.size).toBe(1);
});
