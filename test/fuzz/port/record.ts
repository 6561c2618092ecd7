import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import type { PeerAddress } from '../../../src-main/contract/address.ts';
import { FILES_XML, ID, MESSAGES } from '../targets/samples.ts';

/** The key of somebody; without it nobody in particular. */
export type Key = { readonly key: string; readonly cert: string };
/** What one side sent on a connection, before TLS: what other inputs are made of. */
export type Recorded = { readonly name: string; readonly bytes: Uint8Array };
type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

const JSON_BODY = { 'content-type': 'application/json' };
const bodyOf = (type: keyof typeof MESSAGES, at = 0) => JSON.stringify({ type, ...MESSAGES[type][at] });

/** Every resource of the protocol; `hash` is of a file that is there. */
const requestsFor = (hash: string): readonly Asked[] => [
  { method: 'GET', path: '/about' },
  { method: 'GET', path: '/seen' },
  { method: 'GET', path: '/supernodes?order=random' },
  { method: 'GET', path: `/shares?limit=10&after=${hash}` },
  { method: 'HEAD', path: `/content/${hash}` },
  {
    method: 'GET',
    path: `/content/${hash}`,
    headers: { range: 'bytes=0-99', 'if-range': `"${hash}"`, 'x-queue': 'last' },
  },
  { method: 'GET', path: `/content/${hash}`, headers: { 'if-none-match': `"${hash}"`, 'x-swarm': 'port=1214' } },
  { method: 'GET', path: `/content/${hash}/chunks`, headers: { prefer: 'wait=1', 'if-none-match': '"x"' } },
  { method: 'GET', path: `/content/${hash}/tree?chunk=0` },
  { method: 'GET', path: `/content/${hash}/sources` },
  { method: 'GET', path: `/content/${hash}/votes?size=620` },
  { method: 'POST', path: '/query', headers: JSON_BODY, body: bodyOf('query') },
  { method: 'POST', path: '/call', headers: JSON_BODY, body: bodyOf('call') },
  { method: 'POST', path: '/reach', headers: JSON_BODY, body: '{"port":1}' },
  { method: 'GET', path: '/probe' },
  { method: 'POST', path: '/probe', body: 'x'.repeat(2000) },
  {
    ...{ method: 'POST', path: `/children/self/files?session=${ID}&sequence=1&reset=1` },
    ...{ headers: { 'content-encoding': 'gzip', 'content-type': 'application/xml' }, body: gzipSync(FILES_XML) },
  },
  { method: 'GET', path: `/relay/${ID}`, headers: { connection: 'Upgrade', upgrade: 'shoal-relay' } },
  {
    ...{ method: 'GET', path: '/session' },
    headers: { connection: 'Upgrade', upgrade: 'shoal-reverse', 'shoal-token': ID },
  },
];

/** One of each request to a peer, as Node's own client writes it. */
export async function recordPeer(address: PeerAddress, key: Key, hash: string): Promise<readonly Recorded[]> {
  const recorded: Recorded[] = [];
  for (const asked of requestsFor(hash)) {
    const socket = connectSecure({ ...address, ...key, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    recorded.push(await recordOne(secureRequest, socket, asked));
  }
  return recorded;
}

/** The same of the page; `headers` let its own page in. */
export async function recordPage(
  address: PeerAddress,
  headers: Readonly<Record<string, string>>,
): Promise<readonly Recorded[]> {
  const asked: readonly Asked[] = [
    ...['/', '/index.html', '/session', '/metrics', '/../etc/passwd', '/assets/x.js'].map((path) => ({
      method: 'GET',
      path,
    })),
    { method: 'GET', path: `/media/shared/${'03bc'.repeat(16)}?size=5`, headers: { range: 'bytes=0-9' } },
    { method: 'GET', path: '/media/download/0123abcd' },
    { method: 'POST', path: '/session', headers: JSON_BODY, body: '{"token":"x"}' },
  ];
  const recorded: Recorded[] = [];
  for (const one of asked) {
    const socket = connectPlain(address);
    await once(socket, 'connect');
    recorded.push(await recordOne(plainRequest, socket, { ...one, headers: { ...headers, ...one.headers } }));
  }
  return recorded;
}

/** The head that opens a WebSocket. */
export async function recordUpgrade(
  url: string,
  headers: Readonly<Record<string, string>>,
  { key, protocols = [] }: { readonly key?: Key; readonly protocols?: string[] } = {},
): Promise<Recorded> {
  let tapped: (() => Uint8Array) | undefined;
  const socket = new WebSocket(url, protocols, {
    ...{ headers, rejectUnauthorized: false, ...key },
    finishRequest(request) {
      request.once('socket', (connection: Socket) => {
        tapped = tap(connection);
      });
      request.end();
    },
  });
  await once(socket, 'open');
  socket.terminate();
  return { name: `upgrade of ${url}`, bytes: tapped?.() ?? new Uint8Array(0) };
}

/** The first thing that a client of TLS says. */
export async function recordHandshake(): Promise<Recorded> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectSecure({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  client.on('error', () => undefined);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(accepted, 'data')) as [Buffer];
  accepted.destroy();
  client.destroy();
  server.close();
  return { name: 'handshake', bytes };
}

async function recordOne(start: typeof plainRequest, socket: Socket, { body, ...asked }: Asked): Promise<Recorded> {
  const sent = tap(socket);
  const request = start({ ...asked, createConnection: () => socket });
  request.on('error', () => undefined);
  request.end(body);
  await Promise.race([once(request, 'response'), once(request, 'upgrade'), once(request, 'close')]).catch(
    () => undefined,
  );
  socket.destroy();
  return { name: `${asked.method} ${asked.path}`, bytes: sent() };
}

/** What is written to it from now on. */
function tap(socket: Socket): () => Uint8Array {
  const pieces: Buffer[] = [];
  const write = socket.write.bind(socket) as (...all: unknown[]) => boolean;
  socket.write = (piece: Uint8Array | string, ...rest: unknown[]): boolean => {
    const [encoding] = rest;
    pieces.push(
      typeof piece === 'string' ? Buffer.from(piece, encoding === 'latin1' ? 'latin1' : 'utf8') : Buffer.from(piece),
    );
    return write(piece, ...rest);
  };
  return () => Buffer.concat(pieces);
}
