import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { NginxMirror } from '../support/nginx-mirror.ts';
import { runShoal } from '../support/peer-process.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';
import { type ListedFile, rangeOf, startRawServer, writeWebList } from '../support/web-lists.ts';

/** Web servers as sources of real peers: nginx as a mirror, beside peers and alone, and servers that mean harm. */

const run = promisify(execFile);
const MIB = 2 ** 20;
const NAME = 'tide.bin';
const BYTES = seededBytes(24 * MIB + 4321, 21);
const ALTERED = BYTES.map((byte, at) => (at % 4096 === 0 ? byte ^ 1 : byte));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const hasNginx = requireTool('nginx', ['-v']);

async function startSharing(...words: readonly string[]): Promise<LivePeer> {
  const peer = await (await LivePeer.make({ [NAME]: BYTES })).start('--supernode', 'never', ...words);
  await peer.untilShared(1);
  return peer;
}
const hashOf = async (peer: LivePeer) => (await peer.query('shares.files', {})).files[0]?.hash ?? '';
const writeList = (...files: readonly Partial<ListedFile>[]) =>
  writeWebList(...files.map((file) => ({ urls: [], bytes: BYTES, name: NAME, ...file })));
const startAlone = async (...words: readonly string[]) =>
  (await LivePeer.make()).start('--supernode', 'never', ...words);

describe.skipIf(!hasNginx)('nginx as a mirror', () => {
  test('sends a file together with two peers, of whom one lies and one is killed half-way', async () => {
    const rate = ['--set', `upload.rate=${2 * MIB}`];
    const killed = await startSharing(...rate);
    const liar = await LivePeer.make({ [NAME]: BYTES });
    await liar.startLying(1.5 * MIB, '--supernode', 'never', ...rate);
    await liar.untilShared(1);
    const mirror = await NginxMirror.start({ [NAME]: BYTES }, 3 * MIB);
    const sources = [killed, liar].map(({ invitation }) => `&xs=${encodeURIComponent(invitation)}`).join('');
    const hash = await hashOf(killed);
    const magnet = `magnet:?xt=urn:tree:sha256:${hash}&dn=${NAME}&xl=${BYTES.length}${sources}&ws=${encodeURIComponent(mirror.url(NAME))}`;
    const downloader = await startAlone();
    await downloader.shoal('get', magnet, '--allow-local');
    await downloader.untilDownload('half of it, of all', ({ done, sources: all }) => {
      return done > BYTES.length / 2 && all.filter(({ bytes }) => bytes > 0).length >= 2;
    });
    await killed.kill();
    const { path, sources: seen } = await downloader.untilDownload('the end', ({ state }) => state === 'done');
    expect(sha256(await readFile(path))).toBe(sha256(BYTES));
    const web = seen.find(({ address }) => address === mirror.url(NAME));
    expect(web).toMatchObject({ node: mirror.url(NAME), address: mirror.url(NAME) });
    expect(web?.bytes).toBeGreaterThan(4 * MIB);
    expect(seen.find(({ node }) => node === killed.node)?.bytes).toBeGreaterThan(0);
    expect(seen.find(({ node }) => node === liar.node)).toMatchObject({ state: 'banned', reason: 'content.bad-bytes' });
  });

  test('that lies is banned for the file, and the file comes from a peer', async () => {
    const honest = await startSharing('--set', `upload.rate=${4 * MIB}`);
    const mirror = await NginxMirror.start({ [NAME]: ALTERED }, 4 * MIB);
    const downloader = await startAlone();
    const list = await writeList({ urls: [mirror.url(NAME), honest.invitation], hash: await hashOf(honest) });
    await downloader.shoal('get', list, '--wait', '--allow-local', '--timeout', '60');
    const { path, sources } = await downloader.download();
    expect(sha256(await readFile(path))).toBe(sha256(BYTES));
    expect(sources.find(({ address }) => address.startsWith('http'))).toMatchObject({ state: 'banned', bytes: 0 });
  });

  test('is enough for the files of a list, which are shared afterwards; a peer that stops in between goes on', async () => {
    const [first, second] = [BYTES, seededBytes(3 * MIB, 4)];
    const mirrors = [
      await NginxMirror.start({ [NAME]: first, second }, 2 * MIB),
      await NginxMirror.start({ [NAME]: ALTERED, second }, 2 * MIB),
    ];
    const urlsOf = (name: string) => mirrors.map((mirror) => mirror.url(name));
    const list = await writeList(
      { urls: urlsOf(NAME), pieceBytes: 256 * 1024 },
      { urls: urlsOf('second'), bytes: second, name: 'second' },
    );
    const downloader = await startAlone();
    const lines = await downloader.shoal('get', list, '--allow-local');
    expect(lines.filter(({ event }) => event === 'added')).toMatchObject([
      { hash: null, name: NAME },
      { hash: null, name: 'second' },
    ]);
    const views = () => downloader.query('downloads', {});
    await until('some of it', async () => (await views()).some(({ done, hash }) => hash === null && done > 8 * MIB));
    await downloader.kill();
    await downloader.start('--supernode', 'never');
    await until('both', async () => (await views()).every(({ state }) => state === 'done'));
    for (const [name, bytes] of [
      [NAME, first],
      ['second', second],
    ] as const) {
      expect(sha256(await readFile(join(downloader.downloads, name)))).toBe(sha256(bytes));
    }
    const banned = (await views()).flatMap(({ sources }) => sources.filter(({ state }) => state === 'banned'));
    expect(banned).toMatchObject([{ address: mirrors[1]?.url(NAME), reason: 'content.bad-bytes' }]);
    const other = await startSharing();
    const hashes = (await views()).map(({ hash }) => hash);
    expect(hashes).toContain(await hashOf(other));
    await downloader.untilShared(2);
  });

  test('may not be asked where it lies in a local network, until the user says so', async () => {
    const mirror = await NginxMirror.start({ [NAME]: BYTES });
    const downloader = await startAlone();
    const list = await writeList({ urls: [mirror.url(NAME)] });
    const { status, err } = await runShoal('get', list, '--data', downloader.data);
    expect([status, err]).toEqual([0, expect.stringContaining('--allow-local')]);
    const refused = await downloader.untilDownload('the refusal', ({ sources }) => sources[0]?.reason !== null);
    expect(refused.sources).toMatchObject([{ state: 'unreachable', reason: 'web.local-address', bytes: 0 }]);
    const [source] = refused.sources;
    await downloader.client.command('download.allow-local', { id: refused.id, url: source?.address as never });
    await downloader.untilDownload('the end', ({ state }) => state === 'done');
  });

  test.skipIf(!requireTool('aria2c'))('is found by aria2c in a list that Shoal has written', async () => {
    const mirror = await NginxMirror.start({ [NAME]: BYTES });
    const downloader = await startAlone();
    const list = await writeList({ urls: [mirror.url(NAME)], pieceBytes: MIB });
    await downloader.shoal('get', list, '--wait', '--allow-local');
    const folder = await temporaryFolder();
    await downloader.shoal('export', 'downloads', '--output', join(folder, 'out.meta4'));
    const written = await readFile(join(folder, 'out.meta4'), 'utf8');
    expect(written).toContain(`<hash type="tree:sha256">${(await downloader.download()).hash}</hash>`);
    await run('aria2c', ['--no-conf', '--check-integrity=true', '-d', folder, '-M', join(folder, 'out.meta4')]);
    expect(sha256(await readFile(join(folder, NAME)))).toBe(sha256(BYTES));
  });
});

describe('a server that means harm', () => {
  const head = (...fields: readonly string[]) => `HTTP/1.1 206 Part\r\n${fields.join('\r\n')}\r\n\r\n`;

  test('by bodies without end, bombs of gzip, lies about ranges, or round trips is given up, and costs no memory', async () => {
    const whole = `content-range: bytes 0-0/${BYTES.length}`;
    const flood = (socket: Socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024)));
      };
      socket.on('drain', pour);
      pour();
    };
    const urls = [
      await startRawServer((_, socket) => {
        socket.write(head(whole));
        flood(socket);
      }),
      await startRawServer(
        (_, socket) => void socket.write(head(whole, 'content-encoding: gzip', 'content-length: 1')),
      ),
      await startRawServer(
        (_, socket) => void socket.write(`${head(`content-range: bytes 7-7/${BYTES.length}`, 'content-length: 1')}x`),
      ),
      await startRawServer((_, socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        flood(socket);
      }),
      await startRawServer(
        (_, socket) => void socket.write('HTTP/1.1 302 Away\r\nlocation: /f\r\ncontent-length: 0\r\n\r\n'),
      ),
      await startRawServer((text, socket) => {
        // Honest about the first byte only: then it says less than it sends.
        const [from = 0, to = 0] = rangeOf(text);
        const fields = [`content-range: bytes ${from}-${to}/${BYTES.length}`, 'transfer-encoding: chunked'];
        socket.write(head(...fields));
        if (to === 0) socket.write('1\r\nx\r\n0\r\n\r\n');
        else socket.write(`${(to - from + 100).toString(16)}\r\n`, () => flood(socket));
      }),
    ];
    const list = await writeList({ urls });
    const downloader = await startAlone('--set', 'download.retry-min=60s');
    await downloader.shoal('get', list, '--allow-local');
    const { sources } = await downloader.untilDownload('all refused', ({ sources: all }) =>
      all.every(({ state }) => state === 'unreachable' || state === 'banned'),
    );
    const reasonOf = (url: string | undefined) => sources.find(({ address }) => address === url)?.reason;
    expect(urls.map(reasonOf)).toEqual([
      ...['peer.protocol', 'peer.protocol', 'peer.protocol', 'peer.protocol', 'web.redirect'],
      expect.stringMatching(/^peer\.(protocol|closed)$|^content\./),
    ]);
    expect(await memoryOf(downloader)).toBeLessThan(400);
    expect((await stat(downloader.downloads)).isDirectory()).toBe(true);
  });
});

test('a list of as many files as may be, each with mirrors, is taken in seconds and in bounded memory', async () => {
  // A port that may not be asked: nothing is looked up or sent.
  const urls = Array.from({ length: 5 }, (_, index) => `http://m${index}.example:25/f`);
  const files = Array.from({ length: 10_000 }, (_, index) => ({
    urls,
    name: `f${index}`,
    bytes: new Uint8Array([index & 255, index >> 8]),
  }));
  const list = await writeList(...files);
  expect((await stat(list)).size).toBeLessThan(4 * MIB);
  const downloader = await startAlone();
  const startMs = performance.now();
  const lines = await downloader.shoal('import', list);
  expect(lines.at(-1)).toEqual({ event: 'end', added: 10_000, known: 0, skipped: 0 });
  expect(performance.now() - startMs).toBeLessThan(30_000);
  // 10,000 downloads with one mirror each take 580 MiB at most, five mirrors 730 (measured).
  expect(await memoryOf(downloader)).toBeLessThan(1000);
  expect((await downloader.shoal('import', list)).at(-1)).toMatchObject({ added: 0, known: 10_000 });
});

/** The most that it used, MiB. */
async function memoryOf({ process }: LivePeer): Promise<number> {
  const text = await readFile(`/proc/${process.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(text)?.[1]) / 1024;
}
