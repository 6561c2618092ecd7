import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CalledConnection, IncomingRequest } from '../../../src-main/engine/ports/index.ts';
import { jsonAnswer } from '../../../src-main/engine/wire/http-answer.ts';
import { CALLS_TAKEN } from '../../../src-main/engine/wire/limits.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const ABOUT = { method: 'GET', path: '/about', maxBytes: 4096, timeoutMs: 5000 } as const;
const TOKEN = 'ab'.repeat(16);

let world: OverlayWorld;
let one: TestPeer;
let two: TestPeer;
let source: TestPeer;
let asker: TestPeer;

/** A source behind a router, a child of the second supernode; the asker is a child of the first. */
beforeEach(async () => {
  world = new OverlayWorld({ latencyMs: 20 });
  one = await world.supernode('20.1.0.1');
  two = await world.supernode('20.2.0.1', { bootstrap: ['20.1.0.1'] });
  await world.until(() => two.overlay.counts().neighbours === 1);
  world.network.shut('20.3.0.1');
  // Each takes the nearer one as its parent.
  world.network.setLink('20.3.0.1', '20.1.0.1', { latencyMs: 80 });
  world.network.setLink('20.4.0.1', '20.2.0.1', { latencyMs: 80 });
  source = await world.leaf('20.3.0.1', { bootstrap: ['20.2.0.1'], settings: { 'overlay.standby': false } });
  asker = await world.leaf('20.4.0.1', { bootstrap: ['20.1.0.1'], settings: { 'overlay.standby': false } });
  await world.until(() => [source, asker].every(({ overlay }) => overlay.parentView() !== undefined));
  expect(source.overlay.parentView()?.node).toBe(two.nodeId);
  expect(asker.overlay.parentView()?.node).toBe(one.nodeId);
});
afterEach(() => world.stopAll());

const through = ({ nodeId, address }: TestPeer) => ({ nodeId, address });
type Outcome = {
  connection?: CalledConnection;
  failure?: { readonly code: string; readonly params: { why?: string } };
};

/** What came of a call, and how long it took. */
async function call(from: TestPeer, to: { nodeId: TestPeer['nodeId']; through?: ReturnType<typeof through> }) {
  const outcome: Outcome = {};
  from.overlay.calls.open(to).then(
    (connection) => Object.assign(outcome, { connection }),
    (failure: unknown) => Object.assign(outcome, { failure }),
  );
  const tookMs = await world.until(() => outcome.connection !== undefined || outcome.failure !== undefined, 40_000);
  return { ...outcome, tookMs };
}
const callSource = (from = asker) => call(from, { nodeId: source.nodeId, through: through(two) });

async function ask(connection: CalledConnection | undefined): Promise<unknown> {
  let answer: unknown;
  void connection?.request(ABOUT).then(({ body }) => {
    answer = JSON.parse(new TextDecoder().decode(body)).node;
  });
  await world.until(() => answer !== undefined);
  connection?.close();
  return answer;
}

describe('a call', () => {
  it('has a source that nobody can connect to open the connection', async () => {
    const { connection, tookMs } = await callSource();
    expect(connection?.remote).toMatchObject({ nodeId: source.nodeId, address: { host: source.host } });
    expect(await ask(connection)).toBe(source.nodeId);
    expect(tookMs).toBeLessThan(500);
    expect([one, two, source, asker].flatMap(({ strikes }) => strikes)).toEqual([]);
  });

  it('is made by a supernode for itself, to a child of another one or of its own', async () => {
    expect(await ask((await callSource(one)).connection)).toBe(source.nodeId);
    expect(two.overlay.calls.canCall({ nodeId: source.nodeId })).toBe(true);
    expect(await ask((await call(two, { nodeId: source.nodeId })).connection)).toBe(source.nodeId);
    expect(one.overlay.calls.canCall({ nodeId: source.nodeId })).toBe(false);
  });

  it('is told to fail at once where the source is no child', async () => {
    const { failure, tookMs } = await call(asker, { nodeId: source.nodeId, through: through(one) });
    expect(failure).toMatchObject({ code: 'peer.unreachable', params: { why: 'it is not there to be called' } });
    expect(tookMs).toBeLessThan(200);
  });

  it('fails when the source cannot connect to the asker either', async () => {
    world.network.shut('20.4.0.1');
    const { failure, tookMs } = await callSource();
    expect(failure).toMatchObject({ params: { why: 'it was called and could not connect to this peer' } });
    expect(tookMs).toBeLessThan(12_000);
  });

  it('fails when the supernode to call through is gone, or is none', async () => {
    expect((await call(asker, { nodeId: source.nodeId, through: through(source) })).failure).toMatchObject({
      params: { why: 'the supernode to call it through does not answer' },
    });
    const leaf = await world.leaf('20.5.0.1', { bootstrap: ['20.1.0.1'] });
    const { failure } = await call(asker, { nodeId: source.nodeId, through: through(leaf) });
    expect(failure).toMatchObject({ params: { why: 'it is not there to be called' } });
  });

  it('is not answered more often than a few times a minute for one address', async () => {
    for (let calls = 0; calls < CALLS_TAKEN.perAddress; calls++) (await callSource()).connection?.close();
    expect((await callSource()).failure).toMatchObject({ params: { why: 'too many calls' } });
    // Others are not made to wait for it.
    (await callSource(one)).connection?.close();
    await world.clock.advance(70_000);
    expect((await callSource()).connection).toBeDefined();
  });

  it('of one who calls all the time takes nobody else the calls that the source answers', async () => {
    for (let calls = 0; calls < CALLS_TAKEN.aMinute; calls++) (await callSource()).connection?.close();
    const { connection } = await callSource(one);
    expect(connection?.remote.nodeId).toBe(source.nodeId);
    connection?.close();
  });

  it('is only answered by who was called, with its token, once', async () => {
    const stranger = world.network.join('20.6.0.1', 'f'.repeat(64) as TestPeer['nodeId']);
    await stranger.links.listen(
      { host: '20.6.0.1', port: 1214 },
      {
        ...{ accepts: () => true, misbehaved: () => {}, session: () => {} },
        request: async () => ({ status: 404 }),
      },
    );
    const refused: unknown[] = [];
    const dial = (token: string) =>
      stranger.links.reverse(asker.target as never, token).catch((error: unknown) => refused.push(error));
    // It hears the token that the source was called with, and comes first.
    const answer = source.virtual.links.reverse.bind(source.virtual.links);
    let token = '';
    source.virtual.links.reverse = async (to, given, signal) => {
      token = given;
      await dial(given);
      return answer(to, given, signal);
    };
    const { connection } = await callSource();
    expect(connection?.remote.nodeId).toBe(source.nodeId);
    void dial(token);
    void dial(TOKEN);
    await world.until(() => refused.length === 3);
    for (const failure of refused) expect(failure).toMatchObject({ code: 'peer.refused' });
    connection?.close();
  });

  it('is not waited for longer than its token is good when the source only says that it came', async () => {
    source.virtual.links.reverse = async (to) => ({ remote: to });
    const { failure, tookMs } = await callSource();
    expect(failure).toMatchObject({ code: 'peer.timeout' });
    expect(tookMs).toBeLessThanOrEqual(30_100);
    const given = new AbortController();
    const calling = asker.overlay.calls.open({ nodeId: source.nodeId, through: through(two) }, given.signal);
    await world.clock.advance(2000);
    given.abort(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
  });

  it('ends by itself when nobody says anything, and when the asker gives up', async () => {
    world.network.cut('20.2.0.1', '20.3.0.1');
    const late = await callSource();
    expect(late.failure).toBeDefined();
    expect(late.tookMs).toBeLessThanOrEqual(30_100);
    const given = new AbortController();
    const calling = asker.overlay.calls.open({ nodeId: source.nodeId, through: through(two) }, given.signal);
    given.abort(new Error('enough'));
    await expect(calling).rejects.toThrow('enough');
  });
});

describe('two peers behind routers', () => {
  beforeEach(() => world.network.shut('20.4.0.1'));

  const meet = async (way: 'punch' | 'relay', peer = asker) => {
    const outcome: Outcome = {};
    const callable = { nodeId: source.nodeId, through: through(two) };
    peer.overlay.calls[way](callable).then(
      (connection) => Object.assign(outcome, { connection }),
      (failure: unknown) => Object.assign(outcome, { failure }),
    );
    const tookMs = await world.until(() => outcome.connection !== undefined || outcome.failure !== undefined, 40_000);
    return { ...outcome, tookMs };
  };

  it('meet when both dial at once', async () => {
    const { connection, tookMs } = await meet('punch');
    expect(connection?.remote.nodeId).toBe(source.nodeId);
    expect(tookMs).toBeLessThan(1000);
    expect(await ask(connection)).toBe(source.nodeId);
  });

  it('do not where a router gives each connection another port, and meet at the parent of one of them', async () => {
    world.network.shuffle('20.4.0.1');
    const { failure, tookMs } = await meet('punch');
    expect(failure).toMatchObject({ params: { why: 'a router gives each connection a port of its own' } });
    // Nobody waits for dials that cannot meet.
    expect(tookMs).toBeLessThan(1000);
    const relayed = await meet('relay');
    expect(relayed.connection?.remote.nodeId).toBe(source.nodeId);
    expect(await ask(relayed.connection)).toBe(source.nodeId);
  });

  it('do not meet at a supernode whose user does not want that, or that has carried enough', async () => {
    two.settings = { ...two.settings, 'relay.volunteer': false };
    const why = 'the supernode to call it through is no relay, or has too much to carry';
    expect((await meet('relay')).failure).toMatchObject({ params: { why } });
    two.settings = { ...two.settings, 'relay.volunteer': true, 'relay.per-day': 0 };
    expect((await meet('relay')).failure).toMatchObject({ params: { why } });
  });

  it('let nobody else in', async () => {
    const stranger = world.network.join('20.6.0.1', 'f'.repeat(64) as TestPeer['nodeId']);
    expect(two.overlay.relays.offer(TOKEN, { asker, source: source.nodeId })).toBe(true);
    let refused: unknown;
    stranger.links.meet(source.nodeId, { ...through(two), token: TOKEN }).catch((error: unknown) => {
      refused = error;
    });
    await world.until(() => refused !== undefined);
    expect(refused).toMatchObject({ code: 'peer.refused' });
    expect(two.overlay.relays.enter(TOKEN, { nodeId: asker.nodeId, address: asker.address })?.other).toBe(
      source.nodeId,
    );
    await world.clock.advance(31_000);
    expect(two.overlay.relays.enter(TOKEN, { nodeId: asker.nodeId, address: asker.address })).toBeUndefined();
  });

  it('are carried no faster and no more than the limits say', async () => {
    two.settings = { ...two.settings, 'relay.rate': 100_000, 'relay.rate-pair': 50_000, 'relay.per-day': 1_000_000 };
    const enter = (token: string) => {
      two.overlay.relays.offer(token, { asker, source: source.nodeId });
      return two.overlay.relays.enter(token, { nodeId: asker.nodeId, address: asker.address });
    };
    const passes = ['1', '2', '3'].map((digit) => enter(digit.repeat(32)));
    let carried = 0;
    let ended = 0;
    const carry = async (pass: (typeof passes)[number]) => {
      for (;;) {
        await pass?.admit(10_000);
        carried += 10_000;
      }
    };
    for (const pass of passes) void carry(pass).catch(() => ended++);
    await world.clock.advance(1000);
    const before = carried;
    await world.clock.advance(4000);
    // Three pairs of 50,000 share what all may have.
    expect((carried - before) / 4).toBeGreaterThan(90_000);
    expect((carried - before) / 4).toBeLessThan(115_000);
    await world.until(() => ended === 3, 20_000);
    expect(carried).toBeLessThanOrEqual(1_000_000);
    for (const pass of passes) pass?.ended();
  });
});

describe('a supernode', () => {
  type Poster = Pick<TestPeer['virtual'], 'links'>;
  const post = async (body: string, { links }: Poster = one.virtual) => {
    let status = 0;
    const request = { method: 'POST', path: '/call', body: new TextEncoder().encode(body), maxBytes: 4096 } as const;
    void links.request(two.target, { ...request, timeoutMs: 20_000 }).then((response) => {
      status = response.status;
    });
    await world.until(() => status !== 0, 30_000);
    return status;
  };
  const callFrom = (more: object) => JSON.stringify({ type: 'call', token: TOKEN, source: source.nodeId, ...more });

  it('counts a malformed call as a strike', async () => {
    expect(await post('{"type":"call"}')).toBe(400);
    expect(two.strikes).toMatchObject([{ why: 'a malformed call' }]);
  });

  it('tells its children only where the one who calls is', async () => {
    expect(await post(callFrom({ port: 1214 }))).toBe(200);
    // It dialled the supernode that called, whose call nobody waited for.
    expect(source.strikes).toEqual([]);
  });

  describe('that somebody calls through in the name of another', () => {
    const victim = { nodeId: 'e'.repeat(64), address: { host: '20.7.0.1', port: 80 } };
    const dialled: string[] = [];
    beforeEach(() => {
      dialled.length = 0;
      source.virtual.links.reverse = async (to) => {
        dialled.push(to.address.host);
        return { remote: to };
      };
    });

    /** One that no supernode knows, with what it answers to who asks what it is. */
    const stranger = async (role: 'leaf' | 'supernode') => {
      const nodeId = 'f'.repeat(64) as TestPeer['nodeId'];
      const peer = world.network.join('20.6.0.1', nodeId);
      const asked: string[] = [];
      const calls: Record<string, unknown>[] = [];
      const about = { version: '1', node: nodeId, role, children: 0, capacity: 1, uptimeSeconds: 1 };
      const answers = { accepts: () => true, misbehaved: () => {}, session: () => {} };
      const request = async (incoming: IncomingRequest) => {
        const { path } = incoming;
        asked.push(path);
        if (path === '/call') calls.push(JSON.parse(new TextDecoder().decode(await incoming.body(4096))));
        return path === '/call' ? { status: 404 } : jsonAnswer(about);
      };
      await peer.links.listen({ host: '20.6.0.1', port: 1214 }, { ...answers, request });
      return { peer, asked, calls };
    };

    it('does so only for a supernode', async () => {
      const { peer, asked } = await stranger('leaf');
      for (let calls = 0; calls < 3; calls++)
        expect(await post(callFrom({ port: 1214, asker: victim }), peer)).toBe(403);
      // Who claims the key of another without its address, or its address without its key, is another too.
      const own = { nodeId: peer.nodeId, address: { host: peer.host, port: 1214 } };
      expect(await post(callFrom({ port: 1214, asker: { ...own, address: victim.address } }), peer)).toBe(403);
      expect(await post(callFrom({ port: 1214, asker: { ...own, nodeId: victim.nodeId } }), peer)).toBe(403);
      expect(dialled).toEqual([]);
      // What it is was found out once.
      expect(asked).toEqual(['/about']);
      expect(await post(callFrom({ port: 1214, asker: own }), peer)).toBe(200);
      expect(dialled).toEqual([peer.host]);
    });

    it('finds out whether one that it does not know is a supernode', async () => {
      const { peer, asked } = await stranger('supernode');
      expect(await post(callFrom({ port: 1215, asker: victim }), peer)).toBe(403);
      await world.clock.advance(61_000);
      expect(await post(callFrom({ port: 1214, asker: victim }), peer)).toBe(200);
      expect(dialled).toEqual([victim.address.host]);
      expect(asked).toEqual(['/about']);
    });

    it('says where it can be asked what it is when it calls for a child', async () => {
      const { peer, calls } = await stranger('supernode');
      const to = { nodeId: source.nodeId, through: { nodeId: peer.nodeId, address: { host: peer.host, port: 1214 } } };
      const failed = asker.overlay.calls.punch(to).catch(() => {});
      await world.until(() => calls.length === 1);
      expect(calls).toMatchObject([{ port: one.address.port, asker: { nodeId: asker.nodeId } }]);
      // The child is where it was seen to open its hole.
      expect(calls).not.toMatchObject([{ asker: { address: { port: one.address.port } } }]);
      await world.clock.advance(1000);
      await failed;
    });
  });
});
