import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { DownloadView } from '../../src-main/contract/transfer.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { runShoal } from '../support/peer-process.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rangeOf, startRawServer, writeWebList } from '../support/web-lists.ts';

/** Lists and web servers that mean harm, against a real peer. */

const MIB = 2 ** 20;
const BYTES = Buffer.from(seededBytes(2 * MIB + 99, 5));
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

/** Long rests: nobody is asked twice while a test looks. */
const startPeer = async () => (await LivePeer.make()).start('--supernode', 'never', '--set', 'download.retry-min=60s');
const listed = { bytes: BYTES, name: 'tide.bin', pieceBytes: MIB };

test('a list with hostile names writes into the download folder, under safe ones', async () => {
  const names = ['../../evil', '/etc/passwd', 'a/../../../b', 'CON.txt', 'x\u202egpj.exe', '.bashrc', '..\\..\\c'];
  const files = names.map((name, at) => ({ ...listed, name, bytes: BYTES.subarray(0, 1000 + at) }));
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
    ['packed.meta4', gzipSync(Buffer.alloc(256 * MIB), { level: 1 })],
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

test('a URL to the local network is asked about first, and not asked before', async () => {
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

test('a list of a file that is longer than any disk takes none of the space', async () => {
  const url = await startRawServer(serve);
  const peer = await startPeer();
  await peer.shoal('get', await writeWebList({ ...listed, size: 2 ** 41, urls: [url] }), '--allow-local');
  await peer.untilDownload('the refusal', ({ reason }) => reason === 'disk.full');
  expect(await peer.download()).toMatchObject({ state: 'paused', done: 0 });
});

type Answer = (text: string, socket: Socket, bytes: Uint8Array) => void;
type Harm = {
  /** Of the file that is really there; default: as an honest one. */
  readonly answer?: Answer;
  /** As the list has it, beside the size of the bytes. */
  readonly more?: number;
  readonly pieceBytes?: number | undefined;
  readonly reason: string;
};

const rangeIn = (text: string, { length }: Uint8Array) => {
  const [from, to] = rangeOf(text);
  return `content-range: bytes ${from}-${to}/${length}`;
};
const wantedOf = (text: string, bytes: Uint8Array) => {
  const [from = 0, to = 0] = rangeOf(text);
  return bytes.subarray(from, to + 1);
};
/** Honest about the size, and then as it likes. */
const afterProbe =
  (answer: Answer): Answer =>
  (text, socket, bytes) => {
    if (rangeOf(text)[1] === 0) serve(text, socket, bytes);
    else answer(text, socket, bytes);
  };
const resized = (bytes: Uint8Array, by: number) => Buffer.alloc(bytes.length + by, bytes);
/** In each piece. */
const altered = (bytes: Uint8Array) => bytes.map((byte, at) => (at % MIB === 17 ? byte ^ 1 : byte));
const BOMB = gzipSync(Buffer.alloc(256 * MIB), { level: 1 });

const HARMS: Readonly<Record<string, Harm>> = {
  'a size in the list that is less': { more: -1, reason: 'content.changed' },
  'a size in the list that is more': { more: 1, reason: 'content.changed' },
  'a shorter file': {
    answer: (text, socket, bytes) => serve(text, socket, resized(bytes, -MIB)),
    reason: 'content.changed',
  },
  'a longer file': {
    answer: (text, socket, bytes) => serve(text, socket, resized(bytes, 1)),
    reason: 'content.changed',
  },
  'a file that becomes longer': {
    answer: afterProbe((text, socket, bytes) => serve(text, socket, resized(bytes, 1))),
    reason: 'content.changed',
  },
  'a body without end in place of one byte': {
    answer: (_, socket, { length }) => {
      socket.write(head(206, `content-range: bytes 0-0/${length}`));
      flood(socket);
    },
    reason: 'peer.protocol',
  },
  'a body without end, and no ranges': {
    answer: (_, socket) => {
      socket.write(head(200, 'content-type: x/y'));
      flood(socket);
    },
    reason: 'peer.protocol',
  },
  'a redirect without end': {
    answer: (_, socket) => {
      socket.write(head(302, 'location: /elsewhere'));
      flood(socket);
    },
    reason: 'web.redirect',
  },
  'a compressed bomb': {
    answer: (text, socket, bytes) => {
      socket.write(head(206, rangeIn(text, bytes), 'content-encoding: gzip', `content-length: ${BOMB.length}`));
      socket.write(BOMB);
    },
    reason: 'peer.protocol',
  },
  'a coded body where the file is asked for': {
    answer: afterProbe((text, socket, bytes) => {
      const body = wantedOf(text, bytes);
      socket.write(head(206, rangeIn(text, bytes), 'content-encoding: gzip', `content-length: ${body.length}`));
      socket.write(body);
    }),
    reason: 'peer.protocol',
  },
  ...Object.fromEntries(
    [100, -100].map((by): [string, Harm] => [
      `a length that differs from its range by ${by}`,
      {
        answer: afterProbe((text, socket, bytes) => {
          const body = wantedOf(text, bytes);
          socket.write(head(206, rangeIn(text, bytes), `content-length: ${body.length + by}`));
          socket.write(body);
        }),
        reason: 'peer.protocol',
      },
    ]),
  ),
  'a body that is longer than its range, in chunks, without end': {
    answer: afterProbe((text, socket, bytes) => {
      socket.write(head(206, rangeIn(text, bytes), 'transfer-encoding: chunked'));
      socket.write(`${(2 ** 40).toString(16)}\r\n`);
      flood(socket);
    }),
    reason: 'content.bad-bytes',
  },
  'a body that ends before it should': {
    answer: afterProbe((text, socket, bytes) => {
      const body = wantedOf(text, bytes);
      socket.write(head(206, rangeIn(text, bytes), `content-length: ${body.length}`));
      socket.end(body.subarray(0, 1000));
    }),
    reason: 'peer.closed',
  },
  'another range': {
    answer: afterProbe((text, socket, bytes) => {
      const [from = 0, to = 0] = rangeOf(text);
      const range = `content-range: bytes ${from + 1}-${to + 1}/${bytes.length}`;
      socket.write(head(206, range, `content-length: ${to + 1 - from}`));
      socket.write(wantedOf(text, bytes));
    }),
    reason: 'peer.protocol',
  },
  'other bytes, with pieces': {
    answer: (text, socket, bytes) => serve(text, socket, altered(bytes)),
    reason: 'content.bad-bytes',
  },
  'other bytes, without pieces': {
    answer: (text, socket, bytes) => serve(text, socket, altered(bytes)),
    pieceBytes: undefined,
    reason: 'content.bad-bytes',
  },
};

test('each server that means harm is told as what it is, does none, and does not keep an honest one from its file', async () => {
  let asked = 0;
  const inner = await startRawServer(() => asked++, '127.0.0.2');
  const redirect = head(302, `location: ${inner}`, 'content-length: 0');
  const harms: Readonly<Record<string, Harm>> = {
    ...HARMS,
    // Even from a host there that is allowed.
    'a redirect into the local network': {
      answer: (_, socket) => void socket.write(redirect),
      reason: 'web.local-address',
    },
  };
  const files = await Promise.all(
    Object.entries(harms).map(async ([name, { answer = serve, more = 0, ...harm }], at) => {
      const bytes = Buffer.from(BYTES);
      bytes.writeUInt32BE(at);
      // Hosts of their own: one has a few connections at most.
      const host = `127.0.1.${at + 1}`;
      const url = await startRawServer((text, socket) => answer(text, socket, bytes), host);
      return { ...{ name, bytes, host, more }, urls: [url], pieceBytes: MIB, ...harm, size: bytes.length + more };
    }),
  );
  const peer = await startPeer();
  const views = async () => new Map((await peer.query('downloads', {})).map((view) => [view.name, view]));
  await peer.shoal('get', await writeWebList(...files), '--allow-local');
  const isRefused = ({ sources }: DownloadView) =>
    sources.every(({ state }) => state === 'unreachable' || state === 'banned');
  await until('all refusals', async () => {
    const all = [...(await views()).values()];
    return all.length === files.length && all.every(isRefused);
  });
  const refusals = [...(await views())].map(([name, { sources }]) => [name, sources[0]]);
  const expected = Object.entries(harms).map(([name, { reason, ...harm }]) => {
    const state = reason === 'content.bad-bytes' ? 'banned' : 'unreachable';
    // Without pieces nothing is known of the bytes before all are here.
    const bytes = 'pieceBytes' in harm ? BYTES.length : 0;
    return [name, expect.objectContaining({ state, reason, bytes })];
  });
  expect(Object.fromEntries(refusals)).toEqual(Object.fromEntries(expected));
  expect(asked).toBe(0);
  const right = await Promise.all(
    files
      .filter(({ more }) => more === 0)
      .map(async ({ bytes, host, ...file }) => {
        const honest = await startRawServer((text, socket) => serve(text, socket, bytes), host);
        return { ...file, bytes, urls: [honest] };
      }),
  );
  await peer.shoal('get', await writeWebList(...right), '--allow-local');
  await until('the files', async () => {
    const all = await views();
    return right.every(({ name }) => all.get(name)?.state === 'done');
  });
  const all = await views();
  for (const { name, bytes } of right)
    expect([name, sha256(await readFile(all.get(name)?.path ?? ''))]).toEqual([name, sha256(bytes)]);
  expect([...all.values()].filter(({ state }) => state === 'done')).toHaveLength(right.length);
  expect(await memoryOf(peer)).toBeLessThan(450);
});

/** The most that it used, MiB. */
async function memoryOf({ process }: LivePeer): Promise<number> {
  const text = await readFile(`/proc/${process.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(text)?.[1]) / 1024;
}
