import { expect, test } from 'vitest';
import { parseAddress } from '../../../src-main/contract/address.ts';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { DialRules } from '../../../src-main/engine/overlay/dial-rules.ts';
import { partFromBanned } from '../../../src-main/engine/shut-changes.ts';
import { Strikes } from '../../../src-main/engine/trust/strikes.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const peer = (key: string, text: string) => {
  const address = parseAddress(text);
  if (!address) throw new Error(text);
  return { nodeId: key.repeat(64) as NodeId, address, host: address.host };
};

test('a ban ends sessions of who is banned, not of neighbours at the address, and not with a supernode that the user named', () => {
  const deps = { clock: new VirtualClock(), logger: new MemoryLogger(), settings: () => DEFAULT_SETTINGS };
  const strikes = new Strikes({ ...deps, onStrike: () => undefined });
  const dialRules = new DialRules({ ...deps, ownHosts: () => [], whyShut: () => undefined });
  const [bad, neighbour, named] = [peer('a', '203.0.113.1:5'), peer('b', '203.0.113.1:6'), peer('c', '198.51.100.1:7')];
  dialRules.trustAddress(named.address);
  for (const one of [bad, named]) while (!strikes.strike(one, 'garbage'));
  // Without a key: the address is banned, with all that comes from it.
  while (!strikes.strike({ nodeId: undefined, address: neighbour.address }, 'garbage'));
  expect(strikes.isBanned(neighbour)).toBe(true);
  const network = {
    partFrom: (isShut: (one: typeof bad) => boolean) => expect([bad, neighbour, named].filter(isShut)).toEqual([bad]),
  };
  partFromBanned({ strikes, dialRules, network });
  expect.assertions(2);
});
