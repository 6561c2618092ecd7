import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import { leafLayer } from '../../../src-main/engine/content/chunk-root.ts';
import { isStream } from '../../../src-main/engine/ports/is-stream.ts';
import { decodeSharesPage } from '../../../src-main/engine/wire/shares-page.ts';
import { sha256Into } from '../../support/sha256.ts';
import { nodeOf } from '../../support/upload-askers.ts';
import { drop, json, remoteClient, remotePeer, take, UploadWorld } from '../../support/upload-world.ts';

const MIB = 2 ** 20;
const client = remoteClient({ host: '203.0.113.9', port: 5000 });

let world: UploadWorld;
let hash: ContentHash;
let bytes: Uint8Array;

beforeEach(async () => {
  world = await UploadWorld.start();
  ({ hash, bytes } = await world.share(3 * MIB + 1000, 1));
});
afterEach(async () => {
  await world.stop();
  // Whatever was asked, no file and no timer may stay behind.
  expect(world.disk.openHandles).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
});

describe('GET /content/<hash>', () => {
  test('sends the whole file to anybody, as one that must be saved and never guessed', async () => {
    const response = await world.ask(`/content/${hash}`, { from: client });
    expect(response.status).toBe(200);
    expect(response.headers).toEqual({
      etag: `"${hash}"`,
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="file-1"; filename*=UTF-8''file-1`,
      'x-content-type-options': 'nosniff',
    });
    expect(Buffer.compare(await take(response), bytes)).toBe(0);
  });

  test('takes the hash in upper case too', async () => {
    const response = await world.ask(`/content/${hash.toUpperCase()}`);
    expect(response.status).toBe(200);
    await drop(response);
  });

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=1048576-2097151', MIB, 2 * MIB],
    ['bytes=3000000-', 3_000_000, 3 * MIB + 1000],
    ['bytes=-7', 3 * MIB + 993, 3 * MIB + 1000],
    ['bytes=5-99999999999', 5, 3 * MIB + 1000],
  ])('sends the part that %s asks for', async (range, start, end) => {
    const response = await world.ask(`/content/${hash}`, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers?.['content-range']).toBe(`bytes ${start}-${end - 1}/${bytes.length}`);
    expect(Buffer.compare(await take(response), bytes.subarray(start, end))).toBe(0);
  });

  test.each(['bytes=3146728-', 'bytes=-0', 'bytes=0-1,5-6'])('answers %s with 416 and the size', async (range) => {
    const response = await world.ask(`/content/${hash}`, { headers: { range } });
    expect(response.status).toBe(416);
    expect(response.headers?.['content-range']).toBe('bytes */3146728');
    expect(json(response)).toEqual({ ok: false, error: { code: 'content.range', params: {} } });
  });

  test.each(['bytes=9-3', 'bytes=x', 'lines=1-2'])('ignores %s, which is no byte range', async (range) => {
    const response = await world.ask(`/content/${hash}`, { headers: { range } });
    expect(response.status).toBe(200);
    await drop(response);
  });

  test('keeps the range when If-Range names these contents, else sends the whole', async () => {
    const headers = { range: 'bytes=0-9' };
    const same = await world.ask(`/content/${hash}`, { headers: { ...headers, 'if-range': `"${hash}"` } });
    expect([same.status, (await take(same)).length]).toEqual([206, 10]);
    for (const other of [`W/"${hash}"`, '"other"', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      const response = await world.ask(`/content/${hash}`, { headers: { ...headers, 'if-range': other } });
      expect([response.status, (await take(response)).length]).toEqual([200, bytes.length]);
    }
  });

  test('sends nothing to who has it already, and nothing to who means another file', async () => {
    const has = await world.ask(`/content/${hash}`, { headers: { 'if-none-match': `"x", W/"${hash}"` } });
    expect([has.status, has.headers?.etag]).toEqual([304, `"${hash}"`]);
    expect((await world.ask(`/content/${hash}`, { headers: { 'if-match': '"x"' } })).status).toBe(412);
  });

  test('sends a peer at most upload.request-max of the range it asks for, and an anonymous client all of it', async () => {
    world.settings = { ...world.settings, 'upload.request-max': MIB };
    const headers = { range: 'bytes=100-' };
    const part = await world.ask(`/content/${hash}`, { headers });
    expect(part.headers?.['content-range']).toBe(`bytes 100-${MIB + 99}/${bytes.length}`);
    expect(Buffer.compare(await take(part), bytes.subarray(100, MIB + 100))).toBe(0);
    expect((await take(await world.ask(`/content/${hash}`, { headers, from: client }))).length).toBe(
      bytes.length - 100,
    );
    const whole = await world.ask(`/content/${hash}`);
    expect(json(whole)).toMatchObject({ error: { code: 'content.range-needed', params: { bytes: MIB } } });
    expect(whole.status).toBe(400);
  });

  test('answers 404 for what is not shared, 410 for what has changed, 400 for what is no hash', async () => {
    expect((await world.ask(`/content/${'0'.repeat(64)}`)).status).toBe(404);
    world.disk.putFile('/share/file-1', 'changed');
    const changed = await world.ask(`/content/${hash}`);
    expect([changed.status, json(changed)]).toEqual([410, { ok: false, error: { code: 'content.gone', params: {} } }]);
    for (const path of ['/content/', '/content/../etc/passwd', `/content/${hash}/x`, `/content/${hash}/`]) {
      expect((await world.ask(path)).status).toBe(400);
    }
  });

  test('answers other methods with 405', async () => {
    const response = await world.ask(`/content/${hash}`, { method: 'POST' });
    expect([response.status, response.headers?.allow]).toEqual([405, 'GET, HEAD']);
  });

  test('names a file safely for every client', async () => {
    const strange = new TextEncoder().encode('strange');
    world.disk.putFile('/share/strange', strange);
    const shared = await world.files.share('/share/strange', strange, '../a"b\r\nX: y\u202Egpj.exe (1)*ä\ud800');
    const response = await world.ask(`/content/${shared.hash}`);
    expect(response.headers?.['content-disposition']).toBe(
      `attachment; filename="_._a_b__X: y_gpj.exe (1)*__"; filename*=UTF-8''_._a%22b__X%3A%20y_gpj.exe%20%281%29%2A%C3%A4%EF%BF%BD`,
    );
    await drop(response);
  });

  test('says that the disk fails instead of failing itself', async () => {
    world.disk.faults.unreadable.add('/share/file-1');
    const response = await world.ask(`/content/${hash}`);
    expect([response.status, response.headers?.['retry-after']]).toEqual([503, '30']);
    expect(json(response)).toMatchObject({ error: { code: 'content.unavailable' } });
  });
});

describe('HEAD /content/<hash>', () => {
  test('tells the length, knows no range and takes no slot', async () => {
    world.settings = { ...world.settings, 'upload.slots': 1 };
    const holder = await world.ask(`/content/${hash}`, { from: remotePeer(9) });
    const response = await world.ask(`/content/${hash}`, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect([response.status, response.body?.length, response.headers?.etag]).toEqual([200, bytes.length, `"${hash}"`]);
    await drop(response);
    await drop(holder);
  });
});

describe('a file that changes while it is sent', () => {
  test('cuts the answer, and is gone for the next request', async () => {
    const response = await world.ask(`/content/${hash}`);
    if (!isStream(response.body)) throw new Error('no stream');
    const piece = new Uint8Array(MIB);
    expect(await response.body.read(piece)).toBe(MIB);
    world.disk.putFile('/share/file-1', bytes.toReversed());
    await world.clock.advance(1000);
    await expect(response.body.read(piece)).rejects.toThrow();
    await response.body.close(false);
    expect((await world.ask(`/content/${hash}`)).status).toBe(410);
  });

  test('cuts even the last piece of a short range', async () => {
    const response = await world.ask(`/content/${hash}`, { headers: { range: 'bytes=0-99' } });
    world.disk.putFile('/share/file-1', bytes.toReversed());
    await expect(take(response)).rejects.toThrow();
  });
});

describe('ranges back to back', () => {
  test('open the file once a second, and every second find out that it is not shared any more', async () => {
    const ask = async () => {
      const response = await world.ask(`/content/${hash}`, { headers: { range: 'bytes=0-9' } });
      await take(response);
      return response.status;
    };
    for (let i = 0; i < 20; i++) expect(await ask()).toBe(206);
    expect(world.files.opened).toBe(1);
    world.files.unshare(hash);
    expect(await ask()).toBe(206);
    await world.clock.advance(1000);
    expect(await ask()).toBe(410);
    await world.clock.advance(1000);
    expect(world.disk.openHandles).toBe(0);
  });

  test('find out at once that the file was altered', async () => {
    const ask = async () => {
      const response = await world.ask(`/content/${hash}`, { headers: { range: 'bytes=0-9' } });
      if (response.status === 206) await take(response);
      return response.status;
    };
    expect(await ask()).toBe(206);
    world.disk.putFile('/share/file-1', bytes.toReversed());
    // What was looked at as the last range ended serves for 5 ms; the range itself would be cut before its last piece.
    await expect(ask()).rejects.toThrow();
    await world.clock.advance(5);
    expect(await ask()).toBe(410);
    world.files.unshare(hash);
    expect(await ask()).toBe(410);
    await world.clock.advance(1000);
    expect(world.disk.openHandles).toBe(0);
  });
});

describe('/content/<hash>/chunks', () => {
  test('has one bit a chunk, the spare ones zero', async () => {
    const held = await take(await world.ask(`/content/${hash}/chunks`, { from: client }));
    expect(held).toEqual(Uint8Array.of(0b11110000));
    expect(ChunkMap.fromBytes(held, 4)?.isFull).toBe(true);
    const eight = await world.share(8 * MIB, 2);
    expect(await take(await world.ask(`/content/${eight.hash}/chunks`))).toEqual(Uint8Array.of(0xff));
    const nine = await world.share(8 * MIB + 1, 3);
    expect(await take(await world.ask(`/content/${nine.hash}/chunks`))).toEqual(Uint8Array.of(0xff, 0x80));
  });
});

describe('/content/<hash>/tree', () => {
  test('is the chunk layer of a file of more than 1 MiB', async () => {
    const layer = await take(await world.ask(`/content/${hash}/tree`, { from: client }));
    expect(layer).toHaveLength(4 * 32);
    expect(layer).toEqual(await world.files.chunkLayer(hash));
  });

  test('is the leaf layer of a smaller one, and of the chunk that is asked for', async () => {
    const small = await world.share(100_000, 4);
    const leaves = await take(await world.ask(`/content/${small.hash}/tree`));
    expect(leaves).toHaveLength(7 * 32);
    expect(leaves).toEqual(leafLayer(small.bytes, sha256Into));
    const last = await take(await world.ask(`/content/${hash}/tree?chunk=3`));
    expect(last).toEqual(leafLayer(bytes.subarray(3 * MIB), sha256Into));
  });

  test.each(['4', '-1', 'x', '', '1e0', '99999999999999999'])('answers 400 for chunk %s', async (chunk) => {
    expect((await world.ask(`/content/${hash}/tree?chunk=${chunk}`)).status).toBe(400);
  });

  test('gives an address 20 leaf layers in 10 s, strikes who goes on, and serves others meanwhile', async () => {
    const ask = (from = client) => world.ask(`/content/${hash}/tree?chunk=0`, { from });
    for (let i = 0; i < 20; i++) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers?.['retry-after'])).toBeGreaterThan(0);
    expect(json(refused)).toMatchObject({ error: { code: 'peer.too-many-requests' } });
    expect((await ask(remotePeer(1))).status).toBe(200);
    expect(world.strikes).toEqual([]);
    for (let i = 0; i < 30; i++) await ask();
    expect(world.strikes).toEqual(['too many leaf layers']);
    await world.clock.advance(11_000);
    expect((await ask()).status).toBe(200);
  });
});

describe('/content/<hash>/sources', () => {
  test('names at most 20 others, never who asks', async () => {
    world.sources = Array.from({ length: 30 }, (_, i) => ({
      node: nodeOf(i + 1),
      address: `198.51.100.${i + 1}:1214`,
      complete: true,
    }));
    const answer = json(await world.ask(`/content/${hash}/sources`)) as { sources: { node: string }[] };
    expect(answer.sources).toHaveLength(20);
    expect(answer.sources[0]).toEqual({ node: nodeOf(2), address: '198.51.100.2:1214', complete: true });
  });

  test('names nobody whom the user shuts out, and nobody for what he blocks', async () => {
    world.sources = [2, 3].map((n) => ({ node: nodeOf(n), address: `198.51.100.${n}:1214`, complete: true }));
    world.unnamed.add(nodeOf(2));
    expect(json(await world.ask(`/content/${hash}/sources`))).toMatchObject({ sources: [{ node: nodeOf(3) }] });
    world.unnamed.add(hash);
    expect(json(await world.ask(`/content/${hash}/sources`))).toEqual({ sources: [] });
  });
});

describe('GET /shares', () => {
  test('lists everything in pages', async () => {
    for (let seed = 2; seed <= 5; seed++) await world.share(seed * 100, seed);
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const response = await world.ask(`/shares?limit=2${after === '' ? '' : `&after=${after}`}`);
      const read = decodeSharesPage(new TextDecoder().decode(await take(response)));
      if (!read.ok) throw new Error(read.why);
      expect(read.page.files.length).toBeLessThanOrEqual(2);
      seen.push(...read.page.files.map((file) => file.hash));
      after = read.page.next;
    }
    expect(seen).toHaveLength(5);
    expect(seen).toEqual([...seen].sort());
  });

  test('needs a certificate, and the setting library.browse', async () => {
    const anonymous = await world.ask('/shares', { from: client });
    expect([anonymous.status, json(anonymous)]).toMatchObject([403, { error: { code: 'peer.certificate-needed' } }]);
    world.settings = { ...world.settings, 'library.browse': false };
    const off = await world.ask('/shares');
    expect([off.status, json(off)]).toMatchObject([403, { error: { code: 'peer.browse-off' } }]);
  });

  test('answers 400 for what is no hash or no number', async () => {
    for (const query of ['after=x', 'limit=0', 'limit=-1', 'limit=many']) {
      expect((await world.ask(`/shares?${query}`)).status).toBe(400);
    }
  });
});

describe('limits of one address', () => {
  test('10,000 requests in 10 s, then 429, then strikes', async () => {
    for (let i = 0; i < 10_000; i++) await world.ask(`/content/${hash}/chunks`, { from: client });
    expect(world.strikes).toEqual([]);
    expect((await world.ask(`/content/${hash}/chunks`, { from: client })).status).toBe(429);
    for (let i = 0; i < 31; i++) await world.ask(`/content/${hash}/chunks`, { from: client });
    expect(world.strikes).toEqual(['too many requests', 'too many requests']);
    expect((await world.ask(`/content/${hash}/chunks`)).status).toBe(200);
  });

  test('64 answers open at once', async () => {
    const asked = Array.from({ length: 65 }, () => world.ask(`/content/${hash}`, { from: client }));
    const responses = await Promise.all(asked);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(64);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(1);
    for (const response of responses) await drop(response);
    expect((await world.ask(`/content/${hash}`, { from: client, method: 'HEAD' })).status).toBe(200);
  });
});
