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
const mapped = (asked: Buffer, seconds: number, epochSeconds = 0): Buffer => {
  const answer = Buffer.from(asked);
  answer[1] = 0x81;
  answer.writeUInt32BE(epochSeconds, 8);
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

test('a router of PCP whose time goes back has lost the port that it maps again, one whose time stands at 0 has not', async () => {
  const epochs = [1000, 1000, 3, 3, 900_000, 0, 0];
  await answerPcp('127.9.0.4', (asked) => [mapped(asked, 3600, epochs.shift())]);
  let lease = await mapByUdp({ ...ports, router: '127.9.0.4' }, never);
  const said = [lease?.wasLost];
  while (epochs.length > 0) {
    lease = await lease?.renew(never);
    said.push(lease?.wasLost);
  }
  // Further on than its own time could be is another router, or one that lost its clock.
  expect(said).toEqual([false, false, true, false, true, true, false]);
});

test('a router of NAT-PMP that is started again between its two answers is asked for the port once more', async () => {
  const epochs = [1000, 2, 2, 3, 3];
  const asked: number[] = [];
  await answerPcp('127.9.0.5', (bytes) => {
    if (bytes[0] === 2) return [Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 1)];
    const [, operation = 0] = bytes;
    asked.push(operation);
    const answer = Buffer.alloc(operation === 0 ? 12 : 16);
    answer[1] = 0x80 | operation;
    answer.writeUInt32BE(epochs.shift() ?? 0, 4);
    if (operation === 0) answer.set([20, 1, 2, 3], 8);
    else {
      bytes.copy(answer, 8, 4, 8);
      answer.writeUInt32BE(3600, 12);
    }
    return [answer];
  });
  const lease = await mapByUdp({ ...ports, router: '127.9.0.5' }, never);
  expect(asked).toEqual([2, 0, 2]);
  expect(lease).toMatchObject({ protocol: 'nat-pmp', wasLost: true, external: { host: '20.1.2.3', port: 1214 } });
  expect(await lease?.renew(never)).toMatchObject({ wasLost: false });
  expect(asked).toEqual([2, 0, 2, 2, 0]);
});

/** A router of UPnP: what it answers to an order, and the orders that it was given. */
async function serveUpnp(answer: (action: string, body: string) => number | string) {
  const orders: string[] = [];
  const location = await serve((request, response) => {
    if (request.method === 'GET') return void response.end(DESCRIPTION);
    let body = '';
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('end', () => {
      const action = /<u:(\w+) /.exec(body)?.[1] ?? '';
      orders.push(`${action} ${/ExternalPort>(\d+)/.exec(body)?.[1] ?? ''}`.trim());
      const said = answer(action, body);
      const fault = `<s:Fault><detail><UPnPError><errorCode>${said}</errorCode></UPnPError></detail></s:Fault>`;
      const isDone = typeof said === 'string';
      response.writeHead(isDone ? 200 : 500).end(`<s:E><s:B>${isDone ? `<a>${said}</a>` : fault}</s:B></s:E>`);
    });
  });
  return { location, orders };
}

const NO_SUCH_ENTRY = 714;

test.each([718, 729])('a router whose ports are all taken (%i) is asked for a few', async (taken) => {
  const { location, orders } = await serveUpnp((action) => (action === 'AddPortMapping' ? taken : NO_SUCH_ENTRY));
  expect(await mapByUpnp(location, ports, never)).toBeUndefined();
  expect(orders.filter((order) => order.startsWith('Add'))).toEqual(
    ['1214', '1215', '1216', '1217', '1218'].map((port) => `AddPortMapping ${port}`),
  );
  expect(orders.filter((order) => order.startsWith('Delete'))).toEqual([]);
});

test('a router that knows no leases is asked for a mapping without', async () => {
  const { location } = await serveUpnp((_, body) => (body.includes('LeaseDuration>3600<') ? 725 : ''));
  const lease = await mapByUpnp(location, ports, never);
  expect(lease).toMatchObject({ protocol: 'upnp', router: '127.0.0.1', external: { host: undefined, port: 1214 } });
});

test('a router that kept the mapping of this peer and refuses it again is asked to take it back first', async () => {
  const kept = new Set(['1214']);
  const { location, orders } = await serveUpnp((action, body) => {
    const port = /ExternalPort>(\d+)/.exec(body)?.[1] ?? '';
    if (action === 'GetSpecificPortMappingEntry')
      return '<NewInternalClient>127.0.0.1</NewInternalClient><NewInternalPort>1214</NewInternalPort>';
    if (action === 'DeletePortMapping') return kept.delete(port) ? '' : NO_SUCH_ENTRY;
    if (action !== 'AddPortMapping') return '';
    if (kept.has(port)) return 718;
    kept.add(port);
    return '';
  });
  const lease = await mapByUpnp(location, ports, never);
  expect(lease?.external.port).toBe(1214);
  // Each renewal is refused like the first time.
  expect((await lease?.renew(never))?.external.port).toBe(1214);
  expect([...kept]).toEqual(['1214']);
  expect(orders.filter((order) => order.startsWith('Delete'))).toHaveLength(2);
});

test.each([
  ['192.168.1.9', '1214'],
  ['127.0.0.1', '22'],
])('a port that a router passes on to %s:%s is left to it', async (client, internal) => {
  const { location, orders } = await serveUpnp((action, body) => {
    if (action === 'GetSpecificPortMappingEntry')
      return `<NewInternalClient>${client}</NewInternalClient><NewInternalPort>${internal}</NewInternalPort>`;
    return action === 'AddPortMapping' && body.includes('ExternalPort>1214<') ? 718 : '';
  });
  expect((await mapByUpnp(location, ports, never))?.external.port).toBe(1215);
  expect(orders.filter((order) => order.startsWith('Delete'))).toEqual([]);
});
