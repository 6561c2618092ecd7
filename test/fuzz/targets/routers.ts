import { ok } from 'node:assert/strict';
import { encodeAnnouncement, encodeQuestion, readLanMessage } from '../../../src-main/platform/lan/dns-messages.ts';
import { readWanServices } from '../../../src-main/platform/port-mapping/gateway-description.ts';
import { decodeAddress, decodeNatPmp, encodeNatPmp } from '../../../src-main/platform/port-mapping/nat-pmp-messages.ts';
import { parseRoutes } from '../../../src-main/platform/port-mapping/own-routers.ts';
import { decodePcp, encodePcp } from '../../../src-main/platform/port-mapping/pcp-messages.ts';
import { decodeOrderAnswer, externalAddress } from '../../../src-main/platform/port-mapping/soap-messages.ts';
import { decodeSearchAnswer } from '../../../src-main/platform/port-mapping/ssdp-messages.ts';
import { type Target, textTarget } from './target.ts';

/** What anybody in the local network may send. */

const ROUTER = '192.168.1.1';
const LOCATION = new URL(`http://${ROUTER}:5000/root.xml`);
const GATEWAY = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';
const WAN = 'urn:schemas-upnp-org:service:WANIPConnection:1';
const INSTANCE = '0123456789abcdef';
const ANNOUNCED = { instance: 'fedcba9876543210', host: '192.168.1.7', port: 1214 };

const asked = {
  client: '10.0.0.2',
  nonce: new Uint8Array(12).fill(7),
  internalPort: 1214,
  externalPort: 1214,
  lifetimeSeconds: 60,
};
const pcpAnswer = (code: number): Uint8Array => {
  const answer = encodePcp(asked).slice();
  answer.set([2, 0x81, 0, code]);
  return answer;
};

const pcp: Target = {
  name: 'pcp',
  seeds: [pcpAnswer(0), pcpAnswer(8), Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 0)],
  maxBytes: 1100,
  run: (input) => void decodePcp(input, asked),
};

const natPmp: Target = {
  name: 'nat-pmp',
  seeds: [
    Uint8Array.of(0, 0x82, 0, 0, 0, 0, 0, 9, ...encodeNatPmp(asked).subarray(4)),
    Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 9, 20, 1, 2, 3),
  ],
  maxBytes: 1100,
  run(input) {
    decodeAddress(input);
    decodeNatPmp(input, asked);
  },
};

const ssdp: Target = {
  name: 'ssdp',
  seeds: [`HTTP/1.1 200 OK\r\nST: ${GATEWAY}\r\nLocation: ${LOCATION.href}\r\n\r\n`].map((text) =>
    new TextEncoder().encode(text),
  ),
  words: ['\r\nLocation: http://[::1]/', 'LOCATION:\t', '@', '\\'],
  run(input) {
    const found = decodeSearchAnswer(input, ROUTER);
    ok(found === undefined || found.hostname === ROUTER);
  },
};

const description = textTarget({
  name: 'gateway-description',
  seeds: [
    `<root><device><deviceList><device><serviceList><service><serviceType>${WAN}</serviceType><controlURL>/ctl</controlURL></service></serviceList></device></deviceList></device></root>`,
  ],
  words: ['<!DOCTYPE a [<!ENTITY x "y">]>', 'http://10.0.0.1/', '//evil.org/', '<device>', '</device>'],
  read(text) {
    for (const { control } of readWanServices(text, LOCATION)) ok(control.hostname === ROUTER);
  },
});

const soap = textTarget({
  name: 'soap',
  seeds: [
    '<s:Envelope><s:Body><u:r><NewExternalIPAddress>20.1.2.3</NewExternalIPAddress></u:r></s:Body></s:Envelope>',
    '<s:Envelope><s:Body><s:Fault><detail><e><errorCode>718</errorCode></e></detail></s:Fault></s:Body></s:Envelope>',
  ],
  read(text) {
    for (const status of [200, 500]) {
      const answer = decodeOrderAnswer(status, text);
      if (answer?.kind === 'done') externalAddress(answer.values);
      if (answer?.kind === 'refused') ok(Number.isInteger(answer.code));
    }
  },
});

const multicast: Target = {
  name: 'mdns',
  seeds: [
    ...[encodeQuestion(ANNOUNCED.instance), encodeAnnouncement({ ...ANNOUNCED, isGone: false })],
    encodeAnnouncement({ ...ANNOUNCED, host: 'fe80::1', isGone: true }),
  ],
  words: ['\u0006_shoal\u0004_tcp\u0005local\u0000'],
  maxBytes: 9500,
  run(input) {
    const read = readLanMessage(input, INSTANCE);
    if (typeof read === 'object') ok(read.announced.every(({ port }) => port > 0 && port < 65_536));
  },
};

const routes = textTarget({
  name: 'routes',
  seeds: ['Iface\tDestination\tGateway\neth0\t00000000\t0101A8C0\t0003\nwg0\t00000000\t00000000\n'],
  read: (text) => void parseRoutes(text),
});

export const ROUTER_TARGETS: readonly Target[] = [pcp, natPmp, ssdp, description, soap, multicast, routes];
