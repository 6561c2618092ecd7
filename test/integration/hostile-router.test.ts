import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { mapByUdp } from '../../src-main/platform/port-mapping/udp-mapping.ts';
import { mapByUpnp } from '../../src-main/platform/port-mapping/upnp-mapping.ts';

/** Whatever pretends to be the router costs a few seconds and a few packets, and gets nothing for it. */

const HOUR_MS = 3_600_000;
const ports = { own: '127.0.0.1', internalPort: 1214, externalPort: 1214, leaseMs: HOUR_MS };
const never = new AbortController().signal;
const SERVICE = 'urn:schemas-upnp-org:service:WANIPConnection:1';
const DESCRIPTION = `<root><device><serviceList><service><serviceType>${SERVICE}</serviceType><controlURL>/c</controlURL></service></serviceList></device></root>`;

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/root.xml`);
}

/** A router of PCP at an address of its own on loopback; gives how often it was asked. */
async function answerPcp(router: string, answer: (asked: Buffer) => readonly Uint8Array[]) {
  const socket = createSocket('udp4');
  const asked = { count: 0 };
  socket.on('message', (bytes, { address, port }) => {
    asked.count++;
    for (const reply of answer(bytes)) socket.send(reply, port, address);
  });
  await new Promise<void>((resolve) => socket.bind({ address: router, port: 5351 }, () => resolve()));
  onTestFinished(() => void socket.close());
  return asked;
}
const mapped = (asked: Buffer, seconds: number): Buffer => {
  const answer = Buffer.from(asked);
  answer[1] = 0x81;
  answer.writeUInt32BE(seconds, 4);
  return answer;
};

test('a lease is never longer than asked for, and none is no mapping', async () => {
  await answerPcp('127.9.0.1', (asked) => [mapped(asked, 2 ** 32 - 1)]);
  const lease = await mapByUdp({ ...ports, router: '127.9.0.1' }, never);
  expect(lease).toMatchObject({ protocol: 'pcp', leaseMs: HOUR_MS, external: { host: undefined, port: 1214 } });
  await answerPcp('127.9.0.2', (asked) => [mapped(asked, 0)]);
  expect(await mapByUdp({ ...ports, router: '127.9.0.2' }, never)).toBeUndefined();
});

test('answers to something else, garbage and floods are not believed', async () => {
  const wrong = (asked: Buffer) => {
    const answer = mapped(asked, 3600);
    answer[24] = (answer[24] ?? 0) ^ 1;
    return answer;
  };
  const asked = await answerPcp('127.9.0.3', (bytes) => [
    wrong(bytes),
    Buffer.alloc(0),
    Buffer.alloc(1100, 0xff),
    ...Array.from({ length: 200 }, () => wrong(bytes)),
  ]);
  expect(await mapByUdp({ ...ports, router: '127.9.0.3' }, never)).toBeUndefined();
  expect(asked.count).toBe(4);
});

test('an endless description is not read to its end', async () => {
  let sent = 0;
  const location = await serve((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write('<a>'.repeat(1000))) sent += 3000;
      sent += 3000;
    };
    response.on('drain', more);
    more();
  });
  expect(await mapByUpnp(location, ports, never)).toBeUndefined();
  // What one connection buffers on its way.
  expect(sent).toBeLessThan(10_000_000);
});

test('redirects are not followed', async () => {
  let asked = 0;
  const location = await serve((_, response) => {
    asked++;
    response.writeHead(302, { location: `http://127.0.0.2:${location.port}/` }).end();
  });
  expect(await mapByUpnp(location, ports, never)).toBeUndefined();
  expect(asked).toBe(1);
});

test('a router that says nothing is given up, and one that is slow does not hold up the end', async () => {
  const location = await serve((_, response) => void response.writeHead(200).flushHeaders());
  const aborted = new AbortController();
  const mapping = mapByUpnp(location, ports, aborted.signal);
  aborted.abort();
  expect(await mapping).toBeUndefined();
  const startedMs = performance.now();
  expect(await mapByUpnp(location, ports, never)).toBeUndefined();
  expect(performance.now() - startedMs).toBeLessThan(7000);
});

test('a router whose ports are all taken is asked for a few, one that knows no leases for one without', async () => {
  const orders: string[] = [];
  const refusing =
    (code: (body: string) => number): RequestListener =>
    (request, response) => {
      if (request.method === 'GET') return void response.end(DESCRIPTION);
      let body = '';
      request.on('data', (bytes) => {
        body += bytes;
      });
      request.on('end', () => {
        orders.push(body);
        const error = code(body);
        const fault = `<s:Fault><detail><UPnPError><errorCode>${error}</errorCode></UPnPError></detail></s:Fault>`;
        response.writeHead(error === 0 ? 200 : 500).end(`<s:E><s:B>${error === 0 ? '<a/>' : fault}</s:B></s:E>`);
      });
    };
  expect(await mapByUpnp(await serve(refusing(() => 718)), ports, never)).toBeUndefined();
  expect(orders.map((body) => /ExternalPort>(\d+)/.exec(body)?.[1])).toEqual(['1214', '1215', '1216', '1217', '1218']);
  orders.length = 0;
  const noLeases = (body: string) => (body.includes('LeaseDuration>3600<') ? 725 : 0);
  const lease = await mapByUpnp(await serve(refusing(noLeases)), ports, never);
  expect(lease).toMatchObject({ protocol: 'upnp', router: '127.0.0.1', external: { host: undefined, port: 1214 } });
});
