import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerAddress } from '../../src-main/contract/address.ts';
import { formatContentRange } from '../../src-main/contract/content-range.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { CalledConnection, Headers, RangeSink } from '../../src-main/engine/ports/index.ts';
import { LINK_WORLDS, type LinkPeer, type LinkWorld, RecordingHandler } from '../support/link-world.ts';

const HASH = 'ab'.repeat(32) as ContentHash;
const TOKEN = '0123456789abcdef0123456789abcdef';
const FILE = new Uint8Array(3_000_000).map((_, at) => (at * 31) % 251);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const small = (path: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  ({ method, path, maxBytes: 1000, timeoutMs: 5000 }) as const;

/** Gathers one answer. */
class Gathered implements RangeSink {
  readonly done = Promise.withResolvers<Uint8Array>();
  status = 0;
  #bytes = new Uint8Array(0);
  #filled = 0;

  head(status: number, headers: Headers): void {
    this.status = status;
    this.#bytes = new Uint8Array(Number(headers['content-length']));
  }

  room(): Uint8Array {
    return this.#bytes.subarray(this.#filled, this.#filled + 70_000);
  }

  filled(bytes: number): void {
    this.#filled += bytes;
  }

  end(): void {
    this.done.resolve(this.#bytes.subarray(0, this.#filled));
  }

  failed(error: Error): void {
    this.done.reject(error);
  }
}

describe.each(LINK_WORLDS)('a called connection over %s', (_, makeWorld) => {
  let world: LinkWorld;
  let asker: LinkPeer;
  let source: LinkPeer;
  let askerHandler: RecordingHandler;
  let sourceHandler: RecordingHandler;
  let address: PeerAddress;

  beforeEach(async () => {
    world = makeWorld();
    [asker, source] = [await world.peer(), await world.peer()];
    [askerHandler, sourceHandler] = [new RecordingHandler(), new RecordingHandler()];
    address = (await asker.links.listen({ host: asker.host, port: 0 }, askerHandler)).address;
    await source.links.listen({ host: source.host, port: 0 }, sourceHandler);
    sourceHandler.answer = async (request) => {
      const { method, path, headers } = request;
      const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
      if (!range) return { status: 200, body: `${method} ${path} ${text(await request.body(100))}` };
      const [start, end] = [Number(range[1]), Number(range[2]) + 1];
      const content = formatContentRange({ start, end, size: FILE.length });
      return { status: 206, headers: { 'content-range': content }, body: FILE.slice(start, end) };
    };
  });

  afterEach(async () => {
    await Promise.all([asker.links.close(), source.links.close()]);
    await world.stop();
  });

  const awaited = (): Promise<CalledConnection> =>
    new Promise((resolve) => askerHandler.calls.set(`${source.nodeId} ${TOKEN}`, resolve));
  const answerCall = (token = TOKEN) => source.links.reverse({ nodeId: asker.nodeId, address }, token);
  const called = async (): Promise<CalledConnection> => (await Promise.all([awaited(), answerCall()]))[0];

  it('carries small requests and ranges to the side that dialled, and tells each side who the other is', async () => {
    const connection = await called();
    const [whole, part] = [new Gathered(), new Gathered()];
    const before = connection.request(small('/content/x/tree?chunk=1'));
    connection.fetch({ hash: HASH, start: 0, end: FILE.length }, whole);
    connection.fetch({ hash: HASH, start: 10, end: 20 }, part);
    const after = connection.request({ ...small('/shares', 'POST'), body: new TextEncoder().encode('what?') });
    expect(text((await before).body)).toBe('GET /content/x/tree ');
    expect(await whole.done.promise).toEqual(FILE);
    expect(await part.done.promise).toEqual(FILE.slice(10, 20));
    expect(text((await after).body)).toBe('POST /shares what?');
    expect(connection.remote.nodeId).toBe(source.nodeId);
    expect((await after).remote.nodeId).toBe(source.nodeId);
    const nodes = sourceHandler.requests.map(({ remote }) => remote.nodeId);
    expect(nodes).toEqual(Array.from({ length: 4 }, () => asker.nodeId));
    expect([...askerHandler.misdeeds, ...sourceHandler.misdeeds]).toEqual([]);
  });

  it('reads no body where there is none', async () => {
    const connection = await called();
    const head = await connection.request(small('/content/x', 'HEAD'));
    expect(head.headers['content-length']).toBe(String('HEAD /content/x '.length));
    expect(head.body.length).toBe(0);
    expect(text((await connection.request(small('/next'))).body)).toBe('GET /next ');
  });

  it('refuses a token that nobody waits for, and one that was used', async () => {
    await expect(answerCall()).rejects.toMatchObject({ code: 'peer.refused' });
    await called();
    await expect(answerCall()).rejects.toMatchObject({ code: 'peer.refused' });
  });

  it('tells the answering side nothing when another key is there than it expects', async () => {
    const wrong = { nodeId: source.nodeId, address };
    await expect(source.links.reverse(wrong, TOKEN)).rejects.toMatchObject({ code: 'peer.wrong-identity' });
  });

  it('refuses an answer that is longer than asked for, and ends', async () => {
    const connection = await called();
    sourceHandler.answer = async () => ({ status: 200, body: new Uint8Array(1001) });
    await expect(connection.request(small('/long'))).rejects.toMatchObject({ code: 'peer.protocol' });
    expect(connection.isOpen).toBe(false);
  });

  it('ends when an answer takes too long', async () => {
    const connection = await called();
    sourceHandler.answer = () => new Promise(() => {});
    const late = connection.request({ ...small('/slow'), timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 'peer.timeout' });
    expect(connection.isOpen).toBe(false);
  });

  it('is closed by either side', async () => {
    const connection = await called();
    connection.close();
    expect(connection.isOpen).toBe(false);
    await expect(connection.request(small('/x'))).rejects.toMatchObject({ code: 'peer.closed' });
    const other = await called();
    sourceHandler.answer = () => new Promise(() => {});
    const asked = other.request(small('/x'));
    await source.links.close();
    await expect(asked).rejects.toMatchObject({ code: 'peer.closed' });
    expect(other.isOpen).toBe(false);
  });
});
