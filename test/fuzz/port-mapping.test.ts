import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWanServices } from '../../src-main/platform/port-mapping/gateway-description.ts';
import { decodeAddress, decodeNatPmp, encodeNatPmp } from '../../src-main/platform/port-mapping/nat-pmp-messages.ts';
import { parseRoutes } from '../../src-main/platform/port-mapping/own-routers.ts';
import { decodePcp, encodePcp } from '../../src-main/platform/port-mapping/pcp-messages.ts';
import { decodeOrderAnswer, encodeOrder, externalAddress } from '../../src-main/platform/port-mapping/soap-messages.ts';
import { decodeSearchAnswer, urlAt } from '../../src-main/platform/port-mapping/ssdp-messages.ts';

/** What routers, and whoever takes their place, may send. */

const port = fc.integer({ min: 1, max: 65_535 });
const host = fc.ipV4().filter((text) => /^\d+\.\d+\.\d+\.\d+$/.test(text));
const seconds = fc.nat({ max: 2 ** 32 - 1 });
const bytes = fc.uint8Array({ maxLength: 80 });
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });
const request = fc.record({ client: host, nonce, internalPort: port, externalPort: port, lifetimeSeconds: seconds });

/** As a router answers it. */
function answerPcp(asked: Uint8Array, { code = 0, external = '20.1.2.3', epochSeconds = 0 } = {}): Uint8Array {
  const answer = asked.slice();
  new DataView(answer.buffer).setUint32(8, epochSeconds);
  answer[1] = 0x81;
  answer[3] = code;
  answer.set(external.split('.').map(Number), 56);
  return answer;
}

describe('PCP', () => {
  test('takes the answer to its own request, and no other', () => {
    fc.assert(
      fc.property(request, host, nonce, seconds, (asked, external, other, epochSeconds) => {
        const answer = answerPcp(encodePcp(asked), { external, epochSeconds });
        const { externalPort, lifetimeSeconds } = asked;
        const mapped = { kind: 'mapped', externalPort, external, lifetimeSeconds, epochSeconds };
        expect(decodePcp(answer, asked)).toEqual(mapped);
        if (!Buffer.from(other).equals(asked.nonce))
          expect(decodePcp(answer, { ...asked, nonce: other })).toBeUndefined();
        expect(decodePcp(answer, { ...asked, internalPort: (asked.internalPort % 65_535) + 1 })).toBeUndefined();
      }),
    );
  });

  test('tells a refusal, and a router that knows NAT-PMP only', () => {
    const asked = {
      client: '10.0.0.2',
      nonce: new Uint8Array(12),
      internalPort: 1,
      externalPort: 1,
      lifetimeSeconds: 1,
    };
    expect(decodePcp(answerPcp(encodePcp(asked), { code: 8 }), asked)).toEqual({ kind: 'refused', code: 8 });
    expect(decodePcp(Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 0), asked)).toEqual({ kind: 'old' });
  });

  test('survives any bytes', () => {
    fc.assert(fc.property(bytes, request, (any, asked) => void decodePcp(any, asked)));
    fc.assert(
      fc.property(request, fc.nat({ max: 59 }), (asked, length) => {
        expect(decodePcp(answerPcp(encodePcp(asked)).subarray(0, length), asked)).toBeUndefined();
      }),
    );
  });
});

describe('NAT-PMP', () => {
  test('takes the answer to its own request, and no other', () => {
    fc.assert(
      fc.property(port, port, seconds, (internalPort, externalPort, lifetimeSeconds) => {
        const asked = { internalPort, externalPort, lifetimeSeconds };
        const [, , , , ...rest] = encodeNatPmp(asked);
        const [a = 0, b = 0, c = 0, d = 0, ...lifetime] = rest;
        const answer = Uint8Array.of(0, 0x82, 0, 0, 0x80, 0, 0, 9, a, b, c, d, ...lifetime);
        const mapped = { kind: 'mapped', externalPort, lifetimeSeconds, epochSeconds: 2 ** 31 + 9 };
        expect(decodeNatPmp(answer, asked)).toEqual(mapped);
        expect(decodeNatPmp(answer, { ...asked, internalPort: (internalPort % 65_535) + 1 })).toBeUndefined();
        expect(decodeNatPmp(answer.subarray(0, 15), asked)).toBeUndefined();
        expect(decodeAddress(answer)).toBeUndefined();
      }),
    );
  });

  test('reads addresses and refusals, and survives any bytes', () => {
    expect(decodeAddress(Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 9, 20, 1, 2, 3))).toMatchObject({
      external: '20.1.2.3',
      epochSeconds: 9,
    });
    expect(decodeAddress(Uint8Array.of(0, 0x80, 0, 3, 0, 0, 0, 9))).toEqual({ kind: 'refused', code: 3 });
    fc.assert(
      fc.property(bytes, (any) => {
        decodeAddress(any);
        decodeNatPmp(any, { internalPort: 1, externalPort: 1, lifetimeSeconds: 1 });
      }),
    );
  });
});

const TYPE = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';
const found = (location: string) =>
  new TextEncoder().encode(`HTTP/1.1 200 OK\r\nST: ${TYPE}\r\nLocation: ${location}\r\n\r\n`);

describe('UPnP', () => {
  test('looks for a description at whoever answered, and nowhere else', () => {
    const at = (location: string) => decodeSearchAnswer(found(location), '192.168.1.1')?.href;
    expect(at('http://192.168.1.1:5000/a.xml')).toBe('http://192.168.1.1:5000/a.xml');
    const elsewhere = [
      'http://192.168.1.2/',
      'http://127.0.0.1/',
      'https://192.168.1.1/',
      'file:///etc/passwd',
      '/a.xml',
    ];
    for (const location of [...elsewhere, 'http://u:p@192.168.1.1/', 'http://192.168.1.1.evil.org/', '']) {
      expect(at(location)).toBeUndefined();
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (any) => void decodeSearchAnswer(any, '192.168.1.1')));
    fc.assert(
      fc.property(fc.webUrl(), host, (url, from) => {
        const location = decodeSearchAnswer(found(url), from);
        expect(location === undefined || location.hostname === from).toBe(true);
      }),
    );
  });

  const location = new URL('http://192.168.1.1:5000/root.xml');
  const service = (type: string, control: string) =>
    `<service><serviceType>${type}</serviceType><controlURL>${control}</controlURL></service>`;
  const nested = (inner: string) =>
    `<root><device><deviceList><device><serviceList>${inner}</serviceList></device></deviceList></device></root>`;
  const WAN = 'urn:schemas-upnp-org:service:WANIPConnection:1';

  test('finds the services that map ports, best first, at this router only', () => {
    const ppp = service('urn:schemas-upnp-org:service:WANPPPConnection:1', '/ppp');
    const text = nested(ppp + service(WAN, '/ip') + service(WAN, 'http://10.0.0.1/x') + service('urn:other', '/y'));
    expect(readWanServices(text, location).map(({ control }) => control.href)).toEqual([
      'http://192.168.1.1:5000/ip',
      'http://192.168.1.1:5000/ppp',
    ]);
    expect(readWanServices(`<!DOCTYPE a [<!ENTITY x "y">]>${nested(service(WAN, '/ip'))}`, location)).toEqual([]);
    expect(readWanServices('<a>'.repeat(100_000), location)).toEqual([]);
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (any) => void readWanServices(any, location)));
    fc.assert(fc.property(fc.string(), (any) => urlAt(any, '192.168.1.1', location)?.hostname !== '10.0.0.1'));
  });

  test('reads what an order was answered, whatever its prefixes', () => {
    const order = encodeOrder(WAN, 'AddPortMapping', { NewInternalClient: '<&>', NewExternalPort: 1214 });
    expect(order).toContain('<NewInternalClient>&lt;&amp;&gt;</NewInternalClient>');
    const fault = `<s:Envelope><s:Body><s:Fault><detail><U:UPnPError><U:errorCode>718</U:errorCode></U:UPnPError></detail></s:Fault></s:Body></s:Envelope>`;
    expect(decodeOrderAnswer(500, fault)).toEqual({ kind: 'refused', code: 718 });
    const done = '<e><b><r><NewExternalIPAddress>20.1.2.3</NewExternalIPAddress></r></b></e>';
    const answer = decodeOrderAnswer(200, done);
    expect(answer?.kind === 'done' && externalAddress(answer.values)).toBe('20.1.2.3');
    expect(externalAddress(new Map([['NewExternalIPAddress', 'evil.org']]))).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(), fc.string({ maxLength: 300 }), (status, any) => void decodeOrderAnswer(status, any)),
    );
  });
});

test('routes of Linux give the default gateway of each interface', () => {
  const table =
    'Iface\tDestination\tGateway\neth0\t00000000\t0101A8C0\t0003\neth0\t0001A8C0\t00000000\nwg0\t00000000\t00000000\n';
  expect([...parseRoutes(table)]).toEqual([['eth0', ['192.168.1.1']]]);
  fc.assert(fc.property(fc.string(), (any) => void parseRoutes(any)));
});
