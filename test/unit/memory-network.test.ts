import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { VirtualNetwork, type VirtualPeer } from '../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { RecordingHandler } from '../support/link-world.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const ADDRESS = { host: B, port: 1214 };
const ASK = { method: 'GET', path: '/about', maxBytes: 10e6, timeoutMs: 60_000 } as const;
const id = (digit: string) => digit.repeat(64) as NodeId;

describe('a network in memory', () => {
  let clock: VirtualClock;
  let network: VirtualNetwork;
  let a: VirtualPeer;
  let b: VirtualPeer;
  let handler: RecordingHandler;

  beforeEach(async () => {
    clock = new VirtualClock();
    network = new VirtualNetwork({ clock, random: new SeededRandom(1), link: { latencyMs: 20 } });
    a = network.join(A, id('a'));
    b = network.join(B, id('b'));
    handler = new RecordingHandler();
    await b.links.listen(ADDRESS, handler);
  });

  /** What came of a promise, and the virtual ms it took. */
  async function timed<T>(promise: Promise<T>): Promise<readonly [T | string, number]> {
    let outcome: T | string | undefined;
    promise.then(
      (value) => {
        outcome = value;
      },
      (error: { code: string }) => {
        outcome = error.code;
      },
    );
    const ms = await clock.runUntil(() => outcome !== undefined, 1e6);
    return [outcome as T | string, ms];
  }

  const status = async (options: object = {}) =>
    (await a.links.request({ address: ADDRESS }, { ...ASK, ...options })).status;

  it('takes two round trips to connect and one to ask; a kept connection takes one', async () => {
    expect(await timed(status())).toEqual([200, 120]);
    expect(await timed(status())).toEqual([200, 40]);
  });

  it('sends at the rate of the line', async () => {
    network.setLink(A, B, { latencyMs: 0, bytesPerSecond: 1_000_000 });
    handler.answer = async () => ({ status: 200, body: new Uint8Array(5_000_000) });
    const [, ms] = await timed(status());
    expect(ms).toBeGreaterThan(5000);
    expect(ms).toBeLessThan(5010);
  });

  it('lets a dial over a cut line time out, and dials again after it heals', async () => {
    network.partition([A], [B]);
    expect(await timed(status())).toEqual(['peer.timeout', 10_000]);
    network.heal(A, B);
    expect((await timed(status()))[0]).toBe(200);
  });

  it('holds back what an open session sends over a cut line, and tells nobody', async () => {
    const heard: unknown[] = [];
    handler.onSession = (link) =>
      link.receive(
        (message) => heard.push(message),
        (why) => heard.push(why),
      );
    const [session] = await timed(a.links.openSession({ address: ADDRESS }));
    if (typeof session === 'string') throw new Error(session);
    network.cut(A, B);
    session.send('held');
    await clock.advance(100_000);
    expect(heard).toEqual([]);
    network.heal(A, B);
    await clock.advance(20);
    expect(heard).toEqual(['held']);
  });

  it('closes the connections of a killed host and refuses dials until it joins again', async () => {
    const [session] = await timed(a.links.openSession({ address: ADDRESS }));
    if (typeof session === 'string') throw new Error(session);
    let why = '';
    session.receive(
      () => {},
      (reason) => {
        why = reason;
      },
    );
    network.kill(B);
    await clock.advance(20);
    expect(why).not.toBe('');
    expect((await timed(status()))[0]).toBe('peer.unreachable');
    await network.join(B, id('b')).links.listen(ADDRESS, handler);
    expect((await timed(status()))[0]).toBe(200);
  });

  it('lets several peers share a host, and kills one of them alone', async () => {
    const c = network.join(B, id('c'));
    const listening = await c.links.listen({ host: '0.0.0.0', port: 0 }, handler);
    network.kill(b);
    const asked = a.links.request({ address: listening.address, nodeId: id('c') }, ASK);
    expect((await timed(asked.then(({ remote }) => remote.nodeId)))[0]).toBe(id('c'));
    expect((await timed(status()))[0]).toBe('peer.unreachable');
  });

  it('leaves no timer behind', async () => {
    await timed(status());
    await a.links.close();
    await clock.advance(1000);
    expect(clock.pendingTimers).toBe(0);
  });
});
