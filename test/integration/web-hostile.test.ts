import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { runShoal } from '../support/peer-process.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rangeOf, startRawServer, writeWebList } from '../support/web-lists.ts';

/** Lists and web servers that mean harm, against a real peer: one test for each thing that they may try. */

const MIB = 2 ** 20;
const BYTES = Buffer.from(seededBytes(6 * MIB + 99, 5));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const head = (status: number, ...fields: readonly string[]) => `HTTP/1.1 ${status} X\r\n${fields.join('\r\n')}\r\n\r\n`;

/** What an honest server says. */
function serve(text: string, socket: Socket, bytes: Uint8Array = BYTES): void {
  const [from = 0, to = 0] = rangeOf(text);
  const body = bytes.subarray(from, to + 1);
  const range = `content-range: bytes ${from}-${from + body.length - 1}/${bytes.length}`;
  socket.write(head(206, range, `content-length: ${body.length}`));
  socket.write(body);
}
function flood(socket: Socket): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024)));
  };
  socket.on('drain', pour);
  pour();
}
const isProbe = (text: string) => rangeOf(text)[1] === 0;

/** Long rests: nobody is asked twice while a test looks. */
const startPeer = async () => (await LivePeer.make()).start('--supernode', 'never', '--set', 'download.retry-min=60s');
const listed = { bytes: BYTES, name: 'tide.bin', pieceBytes: MIB };

/** A peer that a server did not harm: it said so, took nothing of it, and has the file from an honest one. */
async function survives(url: string, more: object = {}) {
  const peer = await startPeer();
  await peer.shoal('get', await writeWebList({ ...listed, urls: [url], ...more }), '--allow-local');
  const { sources } = await peer.untilDownload('the refusal', ({ sources: all }) =>
    all.every(({ state }) => state === 'unreachable' || state === 'banned'),
  );
  const [source] = sources;
  expect((await peer.download()).state).not.toBe('done');
  const honest = await startRawServer(serve);
  await peer.shoal('get', await writeWebList({ ...listed, urls: [honest] }), '--allow-local');
  const { path } = await peer.untilDownload('the end', ({ state }) => state === 'done');
  expect(sha256(await readFile(path))).toBe(sha256(BYTES));
  expect(await memoryOf(peer)).toBeLessThan(350);
  return source;
}

test('a list with hostile names writes into the download folder, under safe ones', async () => {
  const names = ['../../evil', '/etc/passwd', 'a/../../../b', 'CON.txt', 'x\u202egpj.exe', '.bashrc', '..\\..\\c'];
  const files = names.map((name, at) => ({ ...listed, name, bytes: BYTES.subarray(0, MIB + at) }));
  const urls = await Promise.all(
    files.map(({ bytes }) => startRawServer((text, socket) => serve(text, socket, bytes))),
  );
  const peer = await startPeer();
  await peer.shoal(
    'get',
    await writeWebList(...files.map((file, at) => ({ ...file, urls: [urls[at] ?? ''] }))),
    '--allow-local',
  );
  const views = () => peer.query('downloads', {});
  await until('all of them', async () => (await views()).every(({ state }) => state === 'done'));
  const paths = (await views()).map(({ path }) => path);
  expect(paths).toHaveLength(names.length);
  expect(new Set(paths.map((path) => dirname(path)))).toEqual(new Set([peer.downloads]));
  const written = (await readdir(peer.downloads)).filter((name) => name !== '.shoal-parts');
  expect(written).toHaveLength(names.length);
  expect(written.filter((name) => name.startsWith('.') || /[\\/:\u202e]/.test(name) || /^con\b/i.test(name))).toEqual(
    [],
  );
});

test('a list of entities that grow without bounds, or compressed, is refused in one line', async () => {
  const peer = await startPeer();
  const folder = await temporaryFolder();
  const entities = Array.from({ length: 20 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('');
  const bomb = `<!DOCTYPE m [<!ENTITY e0 "ha">${entities}]><metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="&e20;"/></metalink>`;
  for (const [name, contents] of [
    ['bomb.meta4', bomb],
    ['packed.meta4', gzipSync(Buffer.alloc(512 * MIB))],
    ['long.meta4', Buffer.alloc(5 * MIB, ' ')],
  ] as const) {
    await writeFile(join(folder, name), contents);
    const { status, err, lines } = await runShoal('get', join(folder, name), '--data', peer.data);
    expect([name, status, err.trim().split('\n').length, lines]).toEqual([name, expect.any(Number), 1, []]);
    expect(status).toBeGreaterThan(0);
  }
  expect(await peer.query('downloads', {})).toEqual([]);
  expect(await memoryOf(peer)).toBeLessThan(300);
});

describe('a URL to the local network', () => {
  test('is asked about first, and not asked before', async () => {
    let asked = 0;
    const url = await startRawServer((text, socket) => {
      asked++;
      serve(text, socket);
    });
    const peer = await startPeer();
    const { err } = await runShoal('get', await writeWebList({ ...listed, urls: [url] }), '--data', peer.data);
    expect(err).toContain('--allow-local');
    await peer.untilDownload('the refusal', ({ sources }) => sources[0]?.reason === 'web.local-address');
    expect(asked).toBe(0);
  });

  test('is not followed by a redirect, even from a host there that is allowed', async () => {
    let asked = 0;
    const inner = await startRawServer((text, socket) => {
      asked++;
      serve(text, socket);
    }, '127.0.0.2');
    const url = await startRawServer(
      (_, socket) => void socket.write(head(302, `location: ${inner}`, 'content-length: 0')),
    );
    expect(await survives(url)).toMatchObject({ reason: 'web.local-address', bytes: 0 });
    expect(asked).toBe(0);
  });
});

describe('a wrong size', () => {
  test.each([-1, 1, 2 ** 40])('in the list, by %i bytes, is the server that has another file', async (by) => {
    const url = await startRawServer(serve);
    const peer = await startPeer();
    await peer.shoal('get', await writeWebList({ ...listed, size: BYTES.length + by, urls: [url] }), '--allow-local');
    const { sources, state, reason } = await peer.untilDownload(
      'the refusal',
      (view) => view.sources.every((source) => source.reason !== null) || view.reason === 'disk.full',
    );
    if (reason === 'disk.full') expect(state).toBe('paused');
    else expect(sources).toMatchObject([{ state: 'unreachable', reason: 'content.changed', bytes: 0 }]);
  });

  test.each([-MIB, 1])('that a server tells, by %i bytes', async (by) => {
    const other = Buffer.alloc(BYTES.length + by, BYTES);
    const url = await startRawServer((text, socket) => serve(text, socket, other));
    expect(await survives(url)).toMatchObject({ reason: 'content.changed', bytes: 0 });
  });

  test('that changes after the first answer', async () => {
    const url = await startRawServer((text, socket) => {
      if (isProbe(text)) serve(text, socket);
      else serve(text, socket, Buffer.alloc(BYTES.length + 1, BYTES));
    });
    expect(await survives(url)).toMatchObject({ reason: 'content.changed', bytes: 0 });
  });
});

describe('a body', () => {
  const total = BYTES.length;
  const rangeOfAll = (text: string) => {
    const [from, to] = rangeOf(text);
    return `content-range: bytes ${from}-${to}/${total}`;
  };

  test('without end in place of one byte', async () => {
    const url = await startRawServer((_, socket) => {
      socket.write(head(206, `content-range: bytes 0-0/${total}`));
      flood(socket);
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.protocol', bytes: 0 });
  });

  test('without end, and without ranges, is a file that is longer than it can be', async () => {
    const url = await startRawServer((_, socket) => {
      socket.write(head(200, 'content-type: x/y'));
      flood(socket);
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.protocol', bytes: 0 });
  });

  test('of a redirect without end', async () => {
    const url = await startRawServer((_, socket) => {
      socket.write(head(302, 'location: /elsewhere'));
      flood(socket);
    });
    expect(await survives(url)).toMatchObject({ reason: 'web.redirect', bytes: 0 });
  });

  test('that is a compressed bomb is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MIB));
    const url = await startRawServer((text, socket) => {
      socket.write(head(206, rangeOfAll(text), 'content-encoding: gzip', `content-length: ${bomb.length}`));
      socket.write(bomb);
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.protocol', bytes: 0 });
  });

  test('that is coded only when the file is asked for', async () => {
    const url = await startRawServer((text, socket) => {
      if (isProbe(text)) return serve(text, socket);
      const body = BYTES.subarray(rangeOf(text)[0], (rangeOf(text)[1] ?? 0) + 1);
      socket.write(head(206, rangeOfAll(text), 'content-encoding: gzip', `content-length: ${body.length}`));
      socket.write(body);
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.protocol', bytes: 0 });
  });

  test.each([
    ['longer', 100],
    ['shorter', -100],
  ])('%s than its range, by its length', async (_, by) => {
    const url = await startRawServer((text, socket) => {
      if (isProbe(text)) return serve(text, socket);
      const [from = 0, to = 0] = rangeOf(text);
      socket.write(head(206, rangeOfAll(text), `content-length: ${to + 1 - from + by}`));
      socket.write(BYTES.subarray(from, to + 1));
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.protocol', bytes: 0 });
  });

  test('longer than its range, in chunks, without end', async () => {
    const url = await startRawServer((text, socket) => {
      if (isProbe(text)) return serve(text, socket);
      socket.write(head(206, rangeOfAll(text), 'transfer-encoding: chunked'));
      socket.write(`${(2 ** 40).toString(16)}\r\n`);
      flood(socket);
    });
    expect(await survives(url)).toMatchObject({ state: 'banned', reason: 'content.bad-bytes', bytes: 0 });
  });

  test('that ends before it should', async () => {
    const url = await startRawServer((text, socket) => {
      if (isProbe(text)) return serve(text, socket);
      const [from = 0, to = 0] = rangeOf(text);
      socket.write(head(206, rangeOfAll(text), `content-length: ${to + 1 - from}`));
      socket.end(BYTES.subarray(from, from + 1000));
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.closed', bytes: 0 });
  });

  test('of another range than was asked for', async () => {
    const url = await startRawServer((text, socket) => {
      if (isProbe(text)) return serve(text, socket);
      const [from = 0, to = 0] = rangeOf(text);
      const range = `content-range: bytes ${from + 1}-${to + 1}/${total}`;
      socket.write(head(206, range, `content-length: ${to + 1 - from}`));
      socket.write(BYTES.subarray(from, to + 1));
    });
    expect(await survives(url)).toMatchObject({ reason: 'peer.protocol', bytes: 0 });
  });

  test.each([
    ['with pieces, at the first of them', { pieceBytes: MIB }],
    ['without pieces, when all of it is here', { pieceBytes: undefined }],
  ])('of other bytes %s', async (_, more) => {
    const altered = BYTES.map((byte, at) => (at === 17 ? byte ^ 1 : byte));
    const url = await startRawServer((text, socket) => serve(text, socket, altered));
    expect(await survives(url, more)).toMatchObject({ state: 'banned', reason: 'content.bad-bytes' });
  });
});

/** The most that it used, MiB. */
async function memoryOf({ process }: LivePeer): Promise<number> {
  const text = await readFile(`/proc/${process.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(text)?.[1]) / 1024;
}
