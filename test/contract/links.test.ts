import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerTarget } from '../../src-main/contract/address.ts';
import type { Listening, SessionLink, StreamBody } from '../../src-main/engine/ports/index.ts';
import { SESSION_MESSAGE_BYTES } from '../../src-main/engine/wire/limits.ts';
import { LINK_WORLDS, type LinkPeer, type LinkWorld, RecordingHandler, tlsWorld } from '../support/link-world.ts';

const ask = (path: string) => ({ method: 'GET', path, maxBytes: 1 << 20, timeoutMs: 5000 }) as const;
/** What the overlay asks and what is asked about files may take different ways below the port. */
const PATHS = ['/about', `/content/${'ab'.repeat(32)}/tree`];
const CASES = LINK_WORLDS.flatMap(([name, makeWorld]) => PATHS.map((path) => [name, path, makeWorld] as const));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

/** A body of `length` bytes that records what the link did with it. */
function recordedBody(length: number, failAt = Number.POSITIVE_INFINITY) {
  const log = { admitted: 0, sent: 0, closed: [] as boolean[] };
  let at = 0;
  const body: StreamBody = {
    length,
    async read(target) {
      if (at >= failAt) throw new Error('the disk went away');
      const count = Math.min(target.length, length - at, 100_000);
      for (let i = 0; i < count; i++) target[i] = (at + i) % 251;
      at += count;
      return count;
    },
    async admit(count) {
      log.admitted += count;
    },
    sent(count) {
      log.sent += count;
    },
    async close(complete) {
      log.closed.push(complete);
    },
  };
  return { body, log };
}

describe.each(CASES)('links over %s, asking %s', (_, path, makeWorld) => {
  const ASK = ask(path);
  let world: LinkWorld;
  let client: LinkPeer;
  let server: LinkPeer;
  let handler: RecordingHandler;
  let listening: Listening;
  let target: PeerTarget;

  beforeEach(async () => {
    world = makeWorld();
    [client, server] = [await world.peer(), await world.peer()];
    handler = new RecordingHandler();
    listening = await server.links.listen({ host: server.host, port: 0 }, handler);
    target = { address: listening.address, nodeId: server.nodeId };
  });

  afterEach(async () => {
    await listening.close();
    await Promise.all([client.links.close(), server.links.close()]);
    await world.stop();
  });

  it('gives a free port when asked for port 0', () => {
    expect(listening.address.port).toBeGreaterThan(0);
    expect(listening.address.host).toBe(server.host);
  });

  it('says that an address is taken', async () => {
    await expect(server.links.listen(listening.address, handler)).rejects.toMatchObject({ code: 'listen.taken' });
  });

  it('carries a request and its answer, and tells each side who the other is', async () => {
    handler.answer = async (request) => ({
      status: 404,
      headers: { 'X-Queue': 'position=1' },
      body: bytes(`${request.method} ${request.path} ${request.query.get('a')} ${text(await request.body(100))}`),
    });
    const answer = await client.links.request(target, {
      ...ASK,
      method: 'POST',
      path: '/query?a=b%20c',
      headers: { 'X-Thing': 'one' },
      body: bytes('hello'),
    });
    expect(answer.status).toBe(404);
    expect(text(answer.body)).toBe('POST /query b c hello');
    expect(answer.headers['x-queue']).toBe('position=1');
    expect(answer.remote).toEqual({ nodeId: server.nodeId, address: listening.address });
    expect(answer.elapsedMs).toBeGreaterThan(0);
    const request = handler.requests[0];
    expect(request?.headers['x-thing']).toBe('one');
    expect(request?.remote.nodeId).toBe(client.nodeId);
    expect(request?.remote.address.host).toBe(client.host);
  });

  it('accepts any key when none is expected, and reports it', async () => {
    const answer = await client.links.request({ address: listening.address }, ASK);
    expect(answer.remote.nodeId).toBe(server.nodeId);
  });

  it('refuses a peer with another key than the expected one before it is asked anything', async () => {
    const wrong = { address: listening.address, nodeId: client.nodeId };
    await expect(client.links.request(wrong, ASK)).rejects.toMatchObject({ code: 'peer.wrong-identity' });
    await expect(client.links.openSession(wrong)).rejects.toMatchObject({ code: 'peer.wrong-identity' });
    await expect(client.contentClient.connect(wrong)).rejects.toMatchObject({ code: 'peer.wrong-identity' });
    expect(handler.requests).toEqual([]);
  });

  it('says that nobody listens', async () => {
    await listening.close();
    await expect(client.links.request(target, ASK)).rejects.toMatchObject({ code: 'peer.unreachable' });
  });

  it('answers 500 when the handler rejects, and goes on', async () => {
    handler.answer = () => Promise.reject(new Error('a bug'));
    expect((await client.links.request(target, ASK)).status).toBe(500);
    handler.answer = async () => ({ status: 204 });
    expect((await client.links.request(target, ASK)).status).toBe(204);
  });

  it('gives up after the time-out and tells the handler', async () => {
    const aborted = Promise.withResolvers<void>();
    handler.answer = (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener('abort', () => {
          aborted.resolve();
          resolve({ status: 200 });
        });
      });
    const asked = client.links.request(target, { ...ASK, timeoutMs: 100 });
    await expect(asked).rejects.toMatchObject({ code: 'peer.timeout' });
    await aborted.promise;
  });

  it('stops when the asker aborts, with its reason', async () => {
    const controller = new AbortController();
    handler.answer = () => {
      controller.abort(new Error('no longer wanted'));
      return new Promise(() => {});
    };
    await expect(client.links.request(target, ASK, controller.signal)).rejects.toThrow('no longer wanted');
  });

  it('refuses an answer longer than the asker wants', async () => {
    handler.answer = async () => ({ status: 200, body: new Uint8Array(1001) });
    const asked = client.links.request(target, { ...ASK, maxBytes: 1000 });
    await expect(asked).rejects.toMatchObject({ code: 'peer.protocol' });
  });

  it('refuses a body longer than the handler wants', async () => {
    let failure: unknown;
    handler.answer = async (request) => {
      failure = await request.body(4).catch((error: unknown) => error);
      return { status: 400 };
    };
    const answer = await client.links.request(target, { ...ASK, method: 'POST', body: bytes('12345') });
    expect(answer.status).toBe(400);
    expect(failure).toMatchObject({ code: 'peer.protocol' });
  });

  it('sends a stream body whole and closes it', async () => {
    const { body, log } = recordedBody(777_777);
    handler.answer = async () => ({ status: 200, body });
    const answer = await client.links.request(target, ASK);
    expect(answer.body.length).toBe(777_777);
    expect(answer.body.every((byte, i) => byte === i % 251)).toBe(true);
    await expect.poll(() => log).toEqual({ admitted: 777_777, sent: 777_777, closed: [true] });
  });

  it('answers HEAD without a byte of the body, and closes it', async () => {
    const { body, log } = recordedBody(5000);
    handler.answer = async () => ({ status: 200, body });
    const answer = await client.links.request(target, { ...ASK, method: 'HEAD' });
    expect(answer.headers['content-length']).toBe('5000');
    expect(answer.body.length).toBe(0);
    await expect.poll(() => log).toEqual({ admitted: 0, sent: 0, closed: [false] });
  });

  it('cuts the connection when a stream body fails, and closes it', async () => {
    const { body, log } = recordedBody(2_000_000, 500_000);
    handler.answer = async () => ({ status: 200, body });
    const asked = client.links.request(target, { ...ASK, maxBytes: 4e6 });
    await expect(asked).rejects.toMatchObject({ code: 'peer.closed' });
    await expect.poll(() => log.closed).toEqual([false]);
  });

  it('refuses a connection that the handler does not accept', async () => {
    handler.isWelcome = () => false;
    await expect(client.links.request(target, ASK)).rejects.toMatchObject({ code: 'peer.closed' });
    expect(handler.requests).toEqual([]);
  });

  it('cuts what is open when it stops listening', async () => {
    const asked = Promise.withResolvers<void>();
    handler.answer = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const answer = client.links.request(target, ASK);
    answer.catch(() => {});
    await asked.promise;
    await listening.close();
    await expect(answer).rejects.toMatchObject({ code: 'peer.closed' });
  });

  describe('a session', () => {
    async function open(): Promise<{ here: SessionLink; there: SessionLink }> {
      const accepted = new Promise<SessionLink>((resolve) => {
        handler.onSession = resolve;
      });
      const here = await client.links.openSession(target);
      return { here, there: await accepted };
    }

    it('carries messages both ways in order, and knows both peers', async () => {
      const { here, there } = await open();
      expect(here.remote).toEqual({ nodeId: server.nodeId, address: listening.address });
      expect(there.remote.nodeId).toBe(client.nodeId);
      const seen: (string | undefined)[] = [];
      there.receive(
        (message) => void seen.push(message),
        () => {},
      );
      for (const message of ['one', 'zwei', '三']) expect(here.send(message)).toBe(true);
      await expect.poll(() => seen).toEqual(['one', 'zwei', '三']);
      const back = new Promise((resolve) => here.receive(resolve, () => {}));
      there.send('back');
      expect(await back).toBe('back');
      // Of UTF-8: the third word is one sign and three bytes.
      expect([here.bytes, there.bytes]).toEqual([
        { sent: 10, received: 4 },
        { sent: 4, received: 10 },
      ]);
    });

    it('keeps messages that came before anyone received', async () => {
      const { here, there } = await open();
      there.send('early');
      await here.ping();
      const seen: (string | undefined)[] = [];
      here.receive(
        (message) => void seen.push(message),
        () => {},
      );
      await expect.poll(() => seen[0]).toBe('early');
    });

    it('measures a round trip and tells one side of the ping, the other of the pong', async () => {
      const { here, there } = await open();
      const traffic = new Promise((resolve) => here.receive(resolve, () => {}));
      const pinged = new Promise((resolve) => there.receive(resolve, () => {}));
      expect(await here.ping()).toBeGreaterThanOrEqual(0);
      expect(await traffic).toBeUndefined();
      expect(await pinged).toBeUndefined();
    });

    it('tells both sides once why it was closed, and sends no more', async () => {
      const { here, there } = await open();
      const heard: string[] = [];
      here.receive(
        () => {},
        (why) => void heard.push(`here: ${why}`),
      );
      there.receive(
        () => {},
        (why) => void heard.push(`there: ${why}`),
      );
      here.close(4000, 'leaving');
      here.close(4000, 'again');
      expect(here.send('late')).toBe(false);
      await expect.poll(() => heard.toSorted()).toEqual(['here: leaving', 'there: leaving']);
      expect(await here.ping()).toBeUndefined();
      expect(there.send('late')).toBe(false);
    });

    it('ends when the other peer stops', async () => {
      const { here } = await open();
      const closed = new Promise<string>((resolve) => here.receive(() => {}, resolve));
      await listening.close();
      expect(await closed).toMatch(/./);
    });

    it('is closed by a message larger than the limit, which counts as misbehaviour', async () => {
      const { here, there } = await open();
      const closed = new Promise<string>((resolve) => here.receive(() => {}, resolve));
      there.receive(
        () => {},
        () => {},
      );
      here.send('x'.repeat(SESSION_MESSAGE_BYTES + 1));
      expect(await closed).toMatch(/./);
      await expect.poll(() => handler.misdeeds.map(({ remote }) => remote.nodeId)).toEqual([client.nodeId]);
    });
  });
});

describe('links over TLS alone', () => {
  const ASK = ask('/about');
  it('has two peers try to connect back to each other at the same moment', async () => {
    const world = tlsWorld();
    const [one, other] = [await world.peer(), await world.peer()];
    const handlers = [new RecordingHandler(), new RecordingHandler()] as const;
    const atOne = await one.links.listen({ host: one.host, port: 0 }, handlers[0]);
    const atOther = await other.links.listen({ host: other.host, port: 0 }, handlers[1]);
    const toOne = { address: atOne.address, nodeId: one.nodeId };
    const toOther = { address: atOther.address, nodeId: other.nodeId };
    const bothAsk = Promise.withResolvers<void>();
    let asked = 0;
    const backTo =
      (to: PeerTarget, { links }: LinkPeer) =>
      async (request: { readonly path: string }) => {
        if (request.path !== '/reach') return { status: 200 };
        if (++asked === 2) bothAsk.resolve();
        await bothAsk.promise;
        return { status: (await links.request(to, ask('/about'))).status };
      };
    handlers[0].answer = backTo(toOther, one);
    handlers[1].answer = backTo(toOne, other);
    const reach = { ...ask('/reach'), method: 'POST' } as const;
    const answers = await Promise.all([one.links.request(toOther, reach), other.links.request(toOne, reach)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await Promise.all([one.links.close(), other.links.close()]);
    await world.stop();
  });

  it('tell the IP behind a name that was dialled, and its port', async () => {
    const world = tlsWorld();
    const [client, server] = [await world.peer(), await world.peer()];
    const handler = new RecordingHandler();
    const { address } = await server.links.listen({ host: server.host, port: 0 }, handler);
    const to = { address: { host: 'localhost', port: address.port }, nodeId: server.nodeId };
    const { remote } = await client.links.request(to, ASK);
    const session = await client.links.openSession(to);
    const connection = await client.contentClient.connect(to);
    connection.close();
    await world.stop();
    for (const reached of [remote, session.remote, connection.remote]) {
      expect(reached).toEqual({ nodeId: server.nodeId, address });
    }
  });
});
