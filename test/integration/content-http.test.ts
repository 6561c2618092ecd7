import { execFile } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { RangeSink } from '../../src-main/engine/ports/index.ts';
import { type LinkPeer, type LinkWorld, tlsWorld } from '../support/link-world.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { startUploadPeer, type UploadPeer } from '../support/upload-peer.ts';

const run = promisify(execFile);
const MIB = 2 ** 20;
const SIZE = 5 * MIB + 12_345;

let world: LinkWorld;
let folder: string;
let peers: UploadPeer[];

beforeEach(async () => {
  world = tlsWorld();
  folder = await temporaryFolder();
  peers = [];
});
afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  await world.stop();
});

async function startPeer(): Promise<UploadPeer> {
  const share = join(folder, `peer-${peers.length}`);
  await mkdir(share);
  const peer = await startUploadPeer(world, share);
  peers.push(peer);
  return peer;
}

describe.skipIf(!requireTool('curl'))('curl', () => {
  const bytes = seededBytes(SIZE, 5);
  let peer: UploadPeer;
  let hash: ContentHash;

  beforeEach(async () => {
    peer = await startPeer();
    hash = await peer.share('a film.bin', bytes);
  });

  /** Status and headers (the last of each name) and what was written. */
  async function curl(...args: readonly string[]) {
    const output = join(folder, 'output');
    const headerFile = join(folder, 'headers');
    await run('curl', ['-sk', '--dump-header', headerFile, '-o', output, ...args, peer.url(hash)]);
    const [head = '', ...lines] = (await readFile(headerFile, 'latin1')).trim().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const body = await readFile(output).catch(() => Buffer.alloc(0));
    return { status: Number(head.split(' ')[1]), headers, body };
  }

  test('fetches a whole file', async () => {
    const { status, headers, body } = await curl();
    expect(status).toBe(200);
    expect(headers).toMatchObject({ etag: `"${hash}"`, 'accept-ranges': 'bytes', 'content-length': String(SIZE) });
    expect(body.equals(bytes)).toBe(true);
  });

  test.each([
    ['1000-1999', 1000, 2000],
    ['5242880-', 5 * MIB, SIZE],
    ['-777', SIZE - 777, SIZE],
  ])('fetches the range %s', async (range, start, end) => {
    const { status, headers, body } = await curl('-r', range);
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${SIZE}`);
    expect(body.equals(bytes.subarray(start, end))).toBe(true);
  });

  test('asks for the head only', async () => {
    const { status, headers, body } = await curl('--head');
    expect([status, headers['content-length']]).toEqual([200, String(SIZE)]);
    expect(body.toString('latin1')).toMatch(/^HTTP\/1.1 200/);
  });

  test('gets the range if the entity tag still is the same, else the whole', async () => {
    const same = await curl('-r', '0-9', '-H', `If-Range: "${hash}"`);
    expect([same.status, same.body.length]).toEqual([206, 10]);
    const other = await curl('-r', '0-9', '-H', 'If-Range: "other"');
    expect([other.status, other.body.length]).toEqual([200, SIZE]);
  });

  test.each([`${SIZE}-`, '0-1,5-6'])('is refused the range %s with 416', async (range) => {
    const { status, headers, body } = await curl('-r', range);
    expect([status, headers['content-range']]).toEqual([416, `bytes */${SIZE}`]);
    expect(JSON.parse(body.toString())).toEqual({ ok: false, error: { code: 'content.range', params: {} } });
  });

  test('goes on with a file that it has half of', async () => {
    const output = join(folder, 'half');
    const file = await open(output, 'w');
    await file.write(bytes.subarray(0, 2 * MIB));
    await file.close();
    await run('curl', ['-sk', '-C', '-', '-o', output, peer.url(hash)]);
    expect((await readFile(output)).equals(bytes)).toBe(true);
  });

  test('is slowed by upload.rate-each', async () => {
    peer.settings = { ...peer.settings, 'upload.rate-each': 4 * MIB };
    const startedMs = performance.now();
    const { body } = await curl('-r', '0-4194303');
    expect(body.length).toBe(4 * MIB);
    // 4 MiB at 4 MiB/s, half a second of which may go out at once.
    expect(performance.now() - startedMs).toBeGreaterThan(480);
  });

  test('loses the connection when the file changes while it is sent', async () => {
    peer.settings = { ...peer.settings, 'upload.rate': 2 * MIB };
    const fetching = curl();
    await expect.poll(() => peer.server.uploads()[0]?.sent ?? 0).toBeGreaterThan(0);
    const file = await open(join(folder, 'peer-0', 'a film.bin'), 'r+');
    await file.write(Uint8Array.of(1, 2, 3), 0, 3, SIZE - 3);
    await file.close();
    await expect(fetching).rejects.toMatchObject({ code: 18 });
  });
});

describe.skipIf(!requireTool('aria2c'))('aria2c', () => {
  test('pulls one file from three peers at once', async () => {
    const bytes = seededBytes(24 * MIB + 1, 6);
    let hash: ContentHash | undefined;
    for (let i = 0; i < 3; i++) {
      const peer = await startPeer();
      hash = await peer.share('same.bin', bytes);
      // Slow enough for all three to be needed.
      peer.settings = { ...peer.settings, 'upload.rate': 8 * MIB };
    }
    const urls = peers.map((peer) => peer.url(hash as ContentHash));
    // It counts connections by host, and all three are one host here.
    const options = ['--check-certificate=false', '--no-conf', '--split=6', '--max-connection-per-server=6'];
    const sizes = ['--min-split-size=1M', '--file-allocation=none', '--dir', folder, '--out', 'pulled.bin'];
    let most = 0;
    const watching = peers.map((peer) =>
      peer.server.onChange(() => {
        most = Math.max(most, peers.filter(({ server }) => server.uploads().length > 0).length);
      }),
    );
    await run('aria2c', [...options, ...sizes, ...urls]);
    for (const stop of watching) stop();
    expect((await readFile(join(folder, 'pulled.bin'))).equals(bytes)).toBe(true);
    expect(most).toBe(3);
    // Its connections to a peer share a slot, and nothing of what it does is a fault.
    for (const peer of peers) expect(peer.logger.lines).toEqual([]);
  });
});

describe('a peer', () => {
  /** Takes a range on a connection of its own kind. */
  async function fetchRange(
    from: LinkPeer,
    peer: UploadPeer,
    { hash, start, end }: { hash: ContentHash; start: number; end: number },
  ): Promise<Uint8Array> {
    const connection = await from.contentClient.connect({ address: peer.address, nodeId: peer.nodeId });
    const bytes = new Uint8Array(end - start);
    let at = 0;
    try {
      await new Promise<void>((resolve, reject) => {
        const sink: RangeSink = {
          head: (status) => (status === 206 ? undefined : reject(new Error(String(status)))),
          room: () => bytes.subarray(at),
          filled: (count) => {
            at += count;
          },
          end: resolve,
          failed: reject,
        };
        connection.fetch({ hash, start, end }, sink);
      });
    } finally {
      connection.close();
    }
    return bytes;
  }

  test('takes a slot over from its own other connection at once', async () => {
    const bytes = seededBytes(SIZE, 7);
    const peer = await startPeer();
    peer.settings = { ...peer.settings, 'upload.slots': 1 };
    const hash = await peer.share('one.bin', bytes);
    const from = await world.peer();
    const parts = await Promise.all([
      fetchRange(from, peer, { hash, start: 0, end: 3 * MIB }),
      fetchRange(from, peer, { hash, start: 3 * MIB, end: SIZE }),
    ]);
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    // The last bytes may be here before the sender hears that the system took them.
    await expect.poll(() => peer.server.uploads()).toMatchObject([{ node: from.nodeId, sent: SIZE }]);
    await expect(fetchRange(await world.peer(), peer, { hash, start: 0, end: 9 })).rejects.toThrow('503');
  });
});
