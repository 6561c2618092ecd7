import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { ContentHash, NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { SourceWay } from '../../../src-main/contract/transfer.ts';
import { SourceWays } from '../../../src-main/engine/nat/source-ways.ts';
import type { CalledConnection, LinkHandler } from '../../../src-main/engine/ports/index.ts';
import { VirtualNetwork, type VirtualPeer } from '../../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const THROUGH = { nodeId: 'c'.repeat(64) as NodeId, address: { host: '20.3.0.1', port: 1214 } };
const HERE = { host: '20.1.0.1', port: 1214 };
const POLL_MS = 4000;
const RANGE = { hash: 'd'.repeat(64) as ContentHash, start: 0, end: 10 };
const small = (path: string) => ({ method: 'GET', path, maxBytes: 1000, timeoutMs: 10_000 }) as const;

describe('a source that has to be called', () => {
  let clock: VirtualClock;
  let ways: SourceWays;
  let source: VirtualPeer;
  let calls: number;
  let shut: unknown;
  let blockedHost: string | undefined;
  let somebody: VirtualPeer;
  let quiet404: LinkHandler;
  let mayCall: boolean;
  const never = new AbortController().signal;

  beforeEach(async () => {
    clock = new VirtualClock();
    const network = new VirtualNetwork({ clock, random: new SeededRandom(1) });
    const asker = network.join(HERE.host, 'a'.repeat(64) as NodeId);
    source = network.join('20.2.0.1', 'b'.repeat(64) as NodeId);
    const quiet = { accepts: () => true, misbehaved: () => {}, session: () => {} };
    await source.links.listen(
      { host: source.host, port: 1214 },
      {
        ...quiet,
        request: async ({ path }) => {
          if (path === '/poll') await clock.sleep(POLL_MS, never);
          return { status: 200, body: path };
        },
      },
    );
    network.shut(source.host);
    somebody = network.join('20.4.0.1', 'e'.repeat(64) as NodeId);
    quiet404 = { ...quiet, request: async () => ({ status: 404 }) };
    const waiting: ((connection: CalledConnection) => void)[] = [];
    await asker.links.listen(HERE, { ...quiet404, reversed: () => waiting.shift() });
    calls = 0;
    mayCall = true;
    shut = undefined;
    blockedHost = undefined;
    const open = async () => {
      calls++;
      if (!mayCall) throw new AppError('peer.unreachable', { address: source.host, why: 'its parent is gone' });
      const { promise, resolve } = Promise.withResolvers<CalledConnection>();
      waiting.push(resolve);
      await source.links.reverse({ nodeId: asker.nodeId, address: HERE }, 'token');
      return promise;
    };
    const no = () => Promise.reject(new Error('not tried'));
    ways = new SourceWays({
      ...{ clock, settings: () => DEFAULT_SETTINGS, links: asker.links, content: asker.contentClient },
      calls: { canCall: () => true, canPunch: () => false, open, punch: no, relay: no },
      isShut: () => false,
      whyShut: ({ nodeId, hosts }) => {
        if (hosts.some((host) => host === blockedHost)) return { code: 'peer.blocked', rule: 'a rule', untilMs: 1 };
        return nodeId !== undefined && nodeId === shut ? { code: 'peer.banned', untilMs: 1 } : undefined;
      },
    });
  });

  const wanted = () => {
    const peer = {
      ...{ nodeId: source.nodeId, addresses: [], reachable: false, through: THROUGH },
      way: null as SourceWay | null,
      tried: (way: SourceWay, reason: unknown) => {
        if (reason === null) peer.way = way;
      },
      triedAt: () => {},
    };
    return peer;
  };

  it('is not even called while it is shut out, unless the user named it and it is only banned', async () => {
    shut = source.nodeId;
    const { signal } = new AbortController();
    await expect(ways.connect(wanted(), signal)).rejects.toMatchObject({ code: 'peer.banned' });
    expect(calls).toBe(0);
    const connecting = ways.connect({ ...wanted(), isNamed: true }, signal);
    await clock.advance(5000);
    (await connecting).close();
    expect(calls).toBe(1);
  });

  it('is not asked on a connection that was kept, when the user has blocked where that comes from', async () => {
    const { signal } = new AbortController();
    const asking = ways.request(wanted(), small('/first'), signal);
    await clock.advance(1000);
    await asking;
    blockedHost = source.host;
    const again = ways.request(wanted(), small('/second'), signal);
    await clock.advance(1000);
    await again;
    expect(calls).toBe(2);
    ways.stop();
  });

  it('is called once for ranges and once for what else it is asked, whatever it is asked at the same time', async () => {
    const peer = wanted();
    const done: string[] = [];
    const minute = new AbortController();
    const ask = async (path: string, everyMs: number) => {
      while (!minute.signal.aborted) {
        const { body } = await ways.request(peer, small(path), minute.signal);
        done.push(new TextDecoder().decode(body));
        await clock.sleep(everyMs, minute.signal);
      }
    };
    const range = async () => {
      while (!minute.signal.aborted) {
        const connection = await ways.connect(peer, minute.signal);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const room = () => new Uint8Array(100);
        connection.fetch(RANGE, { head: () => {}, room, filled: () => {}, end: resolve, failed: reject });
        await promise;
        await clock.sleep(1500, minute.signal);
        connection.close();
        await clock.sleep(500, minute.signal);
      }
    };
    const afterwards = async (work: () => Promise<void>) => {
      await clock.sleep(100, minute.signal);
      return work();
    };
    const both = [() => ask('/poll', 100), () => ask('/sources', 2000)].map(afterwards);
    const all = Promise.allSettled([range(), ...both]);
    await clock.advance(60_000);
    minute.abort(new Error('over'));
    for (const ended of await all) expect(ended).toMatchObject({ status: 'rejected', reason: { message: 'over' } });
    expect(calls).toBe(2);
    // Neither waits for the other without end.
    expect(done.filter((path) => path === '/poll').length).toBeGreaterThan(10);
    expect(done.filter((path) => path === '/sources').length).toBeGreaterThan(5);
    ways.stop();
  });

  it('is called once, when the dial has failed, though it says that all can connect', async () => {
    const addresses = [{ host: source.host, port: 1214 }];
    const peer = { ...wanted(), addresses, reachable: true };
    const connecting = ways.connect(peer, never);
    await clock.advance(DEFAULT_SETTINGS['overlay.dial-timeout'] - 1000);
    expect(calls).toBe(0);
    await clock.advance(2000);
    expect((await connecting).remote.nodeId).toBe(source.nodeId);
    expect(calls).toBe(1);
    ways.stop();
  });

  it('is said to be another peer where another key answers, whatever comes of a call', async () => {
    await somebody.links.listen({ host: somebody.host, port: 1214 }, quiet404);
    mayCall = false;
    const peer = { ...wanted(), addresses: [{ host: somebody.host, port: 1214 }], reachable: true };
    const connecting = expect(ways.connect(peer, never)).rejects.toMatchObject({ code: 'peer.wrong-identity' });
    await clock.advance(30_000);
    await connecting;
    expect(calls).toBe(1);
  });

  it('is called again where the connection was not used: it ends one that says nothing', async () => {
    const peer = wanted();
    for (let time = 1; time <= 2; time++) {
      const connecting = ways.connect(peer, never);
      await clock.advance(1000);
      (await connecting).close();
      expect(calls).toBe(time);
    }
    ways.stop();
  });

  it('is waited for no longer than is wanted', async () => {
    const peer = wanted();
    peer.way = 'reverse';
    const polling = ways.request(peer, small('/poll'), never);
    const given = new AbortController();
    const asking = ways.request(peer, small('/sources'), given.signal);
    const last = ways.request(peer, small('/last'), never);
    await clock.advance(1000);
    given.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
    await clock.advance(POLL_MS);
    const answers = await Promise.all([polling, last]);
    expect(answers.map(({ body }) => new TextDecoder().decode(body))).toEqual(['/poll', '/last']);
    expect(calls).toBe(1);
    ways.stop();
  });
});
