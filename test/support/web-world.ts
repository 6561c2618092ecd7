import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseWebUrl, type WebUrl } from '../../src-main/contract/web-url.ts';
import type { WebClient } from '../../src-main/engine/ports/index.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
import { NodeWebClient } from '../../src-main/platform/web/node-web-client.ts';
import { MemoryWeb, type MemoryWebAnswer, type MemoryWebServer } from '../../src-main/simulator/memory-web.ts';

/** A web with one server, for a suite that runs on memory and on real sockets. */
export interface WebWorld {
  readonly client: WebClient;
  /** Of the file there. */
  readonly url: WebUrl;
  readonly address: string;
  /** Replaced at will. */
  serve: MemoryWebServer;
  stop(): Promise<void>;
}

const toUrl = (text: string): WebUrl => {
  const url = parseWebUrl(text);
  if (!url) throw new Error(`no URL: ${text}`);
  return url;
};

function memoryWorld(): WebWorld {
  const web = new MemoryWeb({ clock: new SystemClock() });
  const world = {
    client: web,
    url: toUrl('http://mirror.example/a/file?x=1'),
    address: '127.0.0.1',
    serve: () => ({ status: 404 }),
    stop: async () => {},
  } as WebWorld;
  web.names.set('mirror.example', ['127.0.0.1']);
  web.servers.set('127.0.0.1:80', (request) => world.serve(request));
  return world;
}

async function realWorld(): Promise<WebWorld> {
  const server = createPlainServer((request, response) => void answer(world, request, response));
  const port = await listen(server);
  const world = {
    client: new NodeWebClient({ localAddress: () => undefined, dialTimeoutMs: () => 5000 }),
    url: toUrl(`http://localhost:${port}/a/file?x=1`),
    address: '127.0.0.1',
    serve: () => ({ status: 404 }),
    stop: () => close(server),
  } as WebWorld;
  return world;
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function answer(world: WebWorld, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const url = new URL(request.url ?? '', world.url).href as WebUrl;
  const answered: MemoryWebAnswer | undefined = world.serve({ url, headers });
  if (!answered) return;
  const { status, headers: fields = {}, body = [] } = answered;
  response.writeHead(status, fields);
  // A client that has seen enough ends it.
  await pipeline(Readable.from(body), response).catch(() => undefined);
}

export const WEB_WORLDS: readonly (readonly [string, () => Promise<WebWorld>])[] = [
  ['memory', async () => memoryWorld()],
  ['sockets', realWorld],
];
