import { describe, expect, it } from 'vitest';
import type { NetworkView } from '../../../src-main/contract/network.ts';
import { peersAround, placePeers } from '../../../src-renderer/features/network/neighbourhood.ts';
import { summarize, trafficSeries } from '../../../src-renderer/features/network/traffic-series.ts';

const node = (index: number) => index.toString(16).padStart(64, '0') as never;
const place = { address: '127.0.0.1:1', rttMs: 20 };
const link = { ...place, sinceMs: 1, lost: 0 };
const child = (index: number) => ({
  ...{ ...place, node: node(index), name: `child ${index}`, role: 'leaf' as const, files: 1, connectedMs: 1 },
});
const mapping = { state: 'off' as const, protocol: null, router: null, host: null, port: null };
const view = (part: Partial<NetworkView>): NetworkView => ({
  ...{ role: 'leaf', why: 'found-supernode', parent: null, standby: null, children: [], neighbours: [] },
  ...{ election: [], need: null, reachability: { state: 'unknown', tests: [], mapping, outside: [] } },
  ...{ lan: { state: 'off', found: 0, refused: 0 }, worlds: { state: 'unchecked', sides: [], checkedMs: null } },
  ...{ index: { files: 0, contents: null }, queries: { perMinute: 0, total: 0 } },
  relay: { isVolunteer: true, pairs: 0, bytes: 0, dayBytes: 0, perDay: 1 },
  ...{ load: { slots: 4, usedSlots: 0, queue: 0 }, duty: { indexBytes: null, bytesUp: 0, bytesDown: 0 } },
  ...part,
});
const SIZE = { across: 300, down: 165 };

describe('neighbourhood', () => {
  it('counts a supernode that is linked once', () => {
    const network = view({ parent: { ...link, node: node(1) }, standby: { ...link, node: node(2) } });
    const supernode = { ...place, state: 'parent' as const, children: null };
    const known = [1, 2, 3].map((index) => ({ ...supernode, node: node(index) }));
    expect(peersAround(network, known).map(({ kind }) => kind)).toEqual(['parent', 'standby', 'known']);
  });

  it('draws supernodes above and children below', () => {
    const neighbour = { ...place, node: node(1), name: null, connectedMs: 1, children: 3 };
    const network = view({ role: 'supernode', neighbours: [neighbour], children: [child(2), child(3)] });
    const { placed, left } = placePeers(peersAround(network, []), SIZE);
    expect(placed.map(({ y }) => Math.sign(y))).toEqual([-1, 1, 1]);
    expect(left).toBe(0);
  });

  it('draws at most 60 and counts the others, all inside the picture', () => {
    const children = Array.from({ length: 500 }, (_, index) => ({ ...child(index), rttMs: index * 10 }));
    const { placed, left } = placePeers(peersAround(view({ role: 'supernode', children }), []), SIZE);
    expect(placed).toHaveLength(60);
    expect(left).toBe(440);
    for (const { x, y } of placed) expect(Math.hypot(x / SIZE.across, y / SIZE.down)).toBeLessThanOrEqual(1);
  });

  it('draws who answers sooner nearer to the middle', () => {
    const children = [1, 100, 3000, null].map((rttMs, index) => ({ ...child(index), rttMs }));
    const { placed } = placePeers(peersAround(view({ role: 'supernode', children }), []), SIZE);
    const reach = placed.map(({ x, y }) => Math.hypot(x / SIZE.across, y / SIZE.down));
    expect(reach[0]).toBeLessThan(reach[1]!);
    expect(reach[1]).toBeLessThan(reach[2]!);
    expect(reach[3]).toBeGreaterThan(reach[0]!);
  });
});

describe('traffic', () => {
  it('ends now, a step apart, on an axis of the whole range', () => {
    const samples = [
      { down: 10, up: 1 },
      { down: 30, up: 0 },
    ];
    const traffic = { stepMs: 2000, samples, longStepMs: 300_000, long: [], totals: { down: 80, up: 2 } };
    const series = trafficSeries(traffic, 'short', 100_000_000);
    expect(series).toEqual({ from: 99_400, to: 100_000, times: [99_998, 100_000], down: [10, 30], up: [1, 0] });
    expect(trafficSeries(traffic, 'long', 100_000_000)).toMatchObject({ from: 13_600, times: [] });
  });

  it('is summed up, also when there is none', () => {
    expect(summarize([10, 30])).toEqual({ average: 20, peak: 30 });
    expect(summarize([])).toEqual({ average: 0, peak: 0 });
  });
});
