import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerAddress } from '../../src-main/contract/address.ts';
import { LINK_WORLDS, type LinkPeer, type LinkWorld, RecordingHandler, tlsWorld } from '../support/link-world.ts';

const TOKEN = 'cd'.repeat(16);
const ASK = { method: 'GET', path: '/content/x/tree', maxBytes: 2_000_000, timeoutMs: 5000 } as const;

type End = { readonly peer: LinkPeer; readonly handler: RecordingHandler; readonly address: PeerAddress };

async function open(world: LinkWorld): Promise<End> {
  const peer = await world.peer();
  const handler = new RecordingHandler();
  return { peer, handler, address: (await peer.links.listen({ host: peer.host, port: 0 }, handler)).address };
}

describe.each(LINK_WORLDS)('two peers that meet at a relay over %s', (_, makeWorld) => {
  let world: LinkWorld;
  let relay: End;
  let asker: End;
  let source: End;

  beforeEach(async () => {
    world = makeWorld();
    [relay, asker, source] = [await open(world), await open(world), await open(world)];
    relay.handler.pairs.set(TOKEN, [asker.peer.nodeId, source.peer.nodeId]);
    source.handler.answer = async () => ({ status: 200, body: new Uint8Array(1_000_000).fill(7) });
  });
  afterEach(async () => {
    await Promise.all([relay, asker, source].map(({ peer }) => peer.links.close()));
    await world.stop();
  });

  const there = () => ({ nodeId: relay.peer.nodeId, address: relay.address, token: TOKEN });
  const meet = (who: End, other: End) => who.peer.links.meet(other.peer.nodeId, there());

  it('know each other, and one asks what the other serves', async () => {
    const [met, serving] = await Promise.all([meet(asker, source), meet(source, asker)]);
    expect([met.remote.nodeId, serving.remote.nodeId]).toEqual([source.peer.nodeId, asker.peer.nodeId]);
    serving.serve();
    const connection = met.ask();
    const { body } = await connection.request(ASK);
    expect(body).toEqual(new Uint8Array(1_000_000).fill(7));
    expect(source.handler.requests.map(({ remote }) => remote.nodeId)).toEqual([asker.peer.nodeId]);
    // What went through the relay was for neither its eyes nor its handler.
    expect(relay.handler.requests).toEqual([]);
    // Nor is it counted for the address of the relay.
    const remotes = [met, serving, ...source.handler.requests].map(({ remote }) => remote);
    expect(remotes.map(({ address }) => address.host)).toEqual(['', '', '']);
    connection.close();
    await expect.poll(() => relay.handler.relaysEnded).toBeGreaterThan(0);
  });

  it('are refused where nobody expects them, and when they are others than expected', async () => {
    const stranger = await open(world);
    await expect(meet(stranger, source)).rejects.toMatchObject({ code: 'peer.refused' });
    const unknown = { ...there(), token: 'ab'.repeat(16) };
    await expect(asker.peer.links.meet(source.peer.nodeId, unknown)).rejects.toMatchObject({ code: 'peer.refused' });
    await stranger.peer.links.close();
  });

  it('find out when the relay brings them together with somebody else', { timeout: 15_000 }, async () => {
    const stranger = await open(world);
    relay.handler.pairs.set(TOKEN, [asker.peer.nodeId, stranger.peer.nodeId]);
    const other = meet(stranger, asker).catch((error: unknown) => error);
    // Which of them is the client of TLS they may not even agree on.
    const code = expect.stringMatching(/^peer\.(wrong-identity|unreachable|closed|timeout)$/);
    await expect(meet(asker, source)).rejects.toMatchObject({ code });
    await stranger.peer.links.close();
    await other;
  });
});

describe('a relay over TLS', () => {
  it('ends both connections of a pair that is to part, and of one that still waits', async () => {
    const world = tlsWorld();
    const [relay, asker, source] = [await open(world), await open(world), await open(world)];
    const other = 'ab'.repeat(16);
    for (const token of [TOKEN, other]) relay.handler.pairs.set(token, [asker.peer.nodeId, source.peer.nodeId]);
    const there = { nodeId: relay.peer.nodeId, address: relay.address, token: TOKEN };
    const waiting = expect(asker.peer.links.meet(source.peer.nodeId, { ...there, token: other })).rejects.toMatchObject(
      { code: 'peer.refused' },
    );
    const [met, serving] = await Promise.all([
      asker.peer.links.meet(source.peer.nodeId, there),
      source.peer.links.meet(asker.peer.nodeId, there),
    ]);
    serving.serve();
    const connection = met.ask();
    await connection.request(ASK);
    const answering = Promise.withResolvers<void>();
    source.handler.answer = ({ signal }) => {
      signal.addEventListener('abort', () => answering.resolve());
      relay.handler.relaysOver.abort();
      return new Promise(() => {});
    };
    await expect(connection.request(ASK)).rejects.toMatchObject({ code: 'peer.closed' });
    await answering.promise;
    await waiting;
    expect(relay.handler.relaysEnded).toBe(2);
    await Promise.all([relay, asker, source].map(({ peer }) => peer.links.close()));
    await world.stop();
  });

  it('counts what it carries, and ends where that is enough', async () => {
    const world = tlsWorld();
    const [relay, asker, source] = [await open(world), await open(world), await open(world)];
    relay.handler.pairs.set(TOKEN, [asker.peer.nodeId, source.peer.nodeId]);
    relay.handler.onAdmit = async () => {
      if (relay.handler.admitted > 200_000) throw new Error('enough');
    };
    source.handler.answer = async () => ({ status: 200, body: new Uint8Array(1_000_000) });
    const there = { nodeId: relay.peer.nodeId, address: relay.address, token: TOKEN };
    const [met, serving] = await Promise.all([
      asker.peer.links.meet(source.peer.nodeId, there),
      source.peer.links.meet(asker.peer.nodeId, there),
    ]);
    serving.serve();
    await expect(met.ask().request(ASK)).rejects.toMatchObject({ code: 'peer.closed' });
    expect(relay.handler.admitted).toBeGreaterThan(200_000);
    expect(relay.handler.admitted).toBeLessThan(400_000);
    expect(relay.handler.relaysEnded).toBe(1);
    await Promise.all([relay, asker, source].map(({ peer }) => peer.links.close()));
    await world.stop();
  });

  it('opens no session to who was met', async () => {
    const world = tlsWorld();
    const [relay, asker, source] = [await open(world), await open(world), await open(world)];
    relay.handler.pairs.set(TOKEN, [asker.peer.nodeId, source.peer.nodeId]);
    const there = { nodeId: relay.peer.nodeId, address: relay.address, token: TOKEN };
    const [met, serving] = await Promise.all([
      asker.peer.links.meet(source.peer.nodeId, there),
      source.peer.links.meet(asker.peer.nodeId, there),
    ]);
    serving.serve();
    const key = { 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'MDEyMzQ1Njc4OWFiY2RlZg==' };
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', ...key };
    const { status } = await met.ask().request({ ...ASK, path: '/session', headers });
    expect(status).toBe(403);
    expect(source.handler.sessions).toEqual([]);
    await world.stop();
  });

  it.each(['client', 'server'])('may send rubbish to one that does not use its other end, as its %s', async (side) => {
    const world = tlsWorld();
    const [relay, ...two] = [await open(world), await open(world), await open(world)];
    const [asker, source] = two.sort((a, b) => (a.peer.nodeId < b.peer.nodeId === (side === 'client') ? -1 : 1));
    if (!asker || !source) throw new Error('two peers');
    relay.handler.pairs.set(TOKEN, [asker.peer.nodeId, source.peer.nodeId]);
    const between = createServer().listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port } = between.address() as AddressInfo;
    const there = { nodeId: relay.peer.nodeId, address: relay.address, token: TOKEN };
    const connected = once(between, 'connection');
    const meeting = asker.peer.links.meet(source.peer.nodeId, { ...there, address: { host: '127.0.0.1', port } });
    const [toAsker] = (await connected) as [Socket];
    const toRelay = connect(relay.address.port, relay.address.host).on('error', () => undefined);
    toAsker
      .pipe(toRelay)
      .pipe(toAsker)
      .on('error', () => undefined);
    await Promise.all([meeting, source.peer.links.meet(asker.peer.nodeId, there)]);
    const uncaught: Error[] = [];
    const onUncaught = (error: Error) => uncaught.push(error);
    process.on('uncaughtException', onUncaught);
    toAsker.write('no record of TLS, whatever it is taken for');
    await once(toAsker, 'close');
    await new Promise(setImmediate);
    process.off('uncaughtException', onUncaught);
    expect(uncaught).toEqual([]);
    between.close();
    await world.stop();
  });
});
