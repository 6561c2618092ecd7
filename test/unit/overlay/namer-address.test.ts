import { expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { withNamerAddress } from '../../../src-main/engine/overlay/namer-address.ts';
import type { Hits } from '../../../src-main/engine/wire/messages/hits.ts';

const node = (digit: string) => digit.repeat(64) as NodeId;
const namer = { nodeId: node('a'), address: { host: '20.1.0.1', port: 1214 } };

test('a child can be called through its namer, whatever it says of itself, and the namer is where it was asked', () => {
  const children = [true, false, undefined].map((reachable) => ({ nodeId: node('b'), addresses: [], reachable }));
  const sources = [...children, { nodeId: namer.nodeId, addresses: [] }];
  const { hits } = withNamerAddress({ hits: [{ sources }] } as unknown as Hits, namer);
  const [first, second, third, last] = hits[0]?.sources ?? [];
  expect([first, second, third].map((source) => source?.through)).toEqual([namer, namer, namer]);
  expect(last).toEqual({ nodeId: namer.nodeId, addresses: [namer.address] });
});
