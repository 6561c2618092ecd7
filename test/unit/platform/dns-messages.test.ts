import { encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeAnnouncement,
  encodeQuestion,
  isSpeaker,
  readLanMessage,
} from '../../../src-main/platform/lan/dns-messages.ts';

const SERVICE = '_shoal._tcp.local';
const OWN = 'own0';
const SOMEBODY = { instance: 'aa11', host: '192.168.1.7', port: 1214, isGone: false };
const srv = (instance: string, port: number, ttl = 120) =>
  ({ type: 'SRV', name: `${instance}.${SERVICE}`, ttl, data: { target: `${instance}.local`, port } }) as const;
const response = (answers: Parameters<typeof encode>[0]['answers']) => encode({ type: 'response', answers: answers! });

describe('an honest packet', () => {
  test('announces a port, over both families, and takes it back', () => {
    for (const host of ['192.168.1.7', 'fd00::7']) {
      for (const isGone of [false, true]) {
        const message = readLanMessage(encodeAnnouncement({ ...SOMEBODY, host, isGone }), OWN);
        expect(message).toEqual({ isQuestion: false, announced: [{ port: 1214, isGone }], refused: 0 });
      }
    }
  });

  test('tells a random name and a port, and nothing else of the peer', () => {
    const text = Buffer.from(encodeAnnouncement(SOMEBODY)).toString('latin1');
    expect(text.replaceAll(/[^\x20-\x7e]/g, '')).not.toMatch(/[0-9a-f]{64}/);
    expect(encodeAnnouncement(SOMEBODY).length).toBeLessThan(200);
  });

  test('asks, and who asks is not answered by itself', () => {
    expect(readLanMessage(encodeQuestion('other'), OWN)).toEqual({ isQuestion: true, announced: [], refused: 0 });
    expect(readLanMessage(encodeQuestion(OWN), OWN)).toBeUndefined();
    expect(readLanMessage(encodeAnnouncement({ ...SOMEBODY, instance: OWN }), OWN)).toBeUndefined();
  });

  test('of other programs is not read', () => {
    const other = encode({ type: 'query', questions: [{ type: 'PTR', name: '_ipp._tcp.local' }] });
    let isAsked = false;
    const mayRead = () => {
      isAsked = true;
      return true;
    };
    expect(readLanMessage(other, OWN, mayRead)).toBeUndefined();
    expect(isAsked).toBe(false);
  });
});

describe('a hostile packet', () => {
  test('of thousands of peers counts for four', () => {
    const many = Array.from({ length: 150 }, (_, at) => srv(`i${at}`, 2000 + at));
    const message = readLanMessage(response(many), OWN);
    expect(message).toMatchObject({ refused: 146 });
    expect(message).toHaveProperty('announced.length', 4);
  });

  test('that is longer than multicast DNS allows is not decoded', () => {
    const text = {
      type: 'TXT',
      name: `a.${SERVICE}`,
      ttl: 1,
      data: Array.from({ length: 250 }, () => 'x'.repeat(255)),
    };
    const long = response([srv('a', 1214), text as never]);
    expect(long.length).toBeGreaterThan(60_000);
    expect(readLanMessage(long, OWN)).toBe('refused');
  });

  test('of a foreign service, of port 0, or of one name again and again brings nobody', () => {
    const foreign = { ...srv('a', 1214), name: 'a._ssh._tcp.local' };
    expect(readLanMessage(response([foreign, { type: 'TXT', name: SERVICE, data: 'x' }]), OWN)).toBeUndefined();
    expect(readLanMessage(response([srv('a', 0)]), OWN)).toEqual({ isQuestion: false, announced: [], refused: 1 });
    const again = Array.from({ length: 100 }, () => srv('a', 1214));
    expect(readLanMessage(response(again), OWN)).toMatchObject({ announced: [{ port: 1214 }], refused: 0 });
  });

  test('speaks for no address but the one that it came from: what it says of others is not read', () => {
    const victim = { type: 'A', name: 'a.local', ttl: 120, data: '203.0.113.1' } as const;
    expect(JSON.stringify(readLanMessage(response([srv('a', 1214), victim]), OWN))).not.toContain('203.0.113');
  });

  test('costs little to read, however it is made', () => {
    // The most records that fit, each with a name and a target that point to the longest one.
    const label = 'x'.repeat(60);
    const first = response([{ ...srv('a', 1), name: `${label}.${label}.${label}.${SERVICE}` }]);
    const again = Buffer.from([0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 120, 0, 8, 0, 0, 0, 0, 4, 190, 0xc0, 12]);
    const count = Math.floor((9000 - first.length) / again.length);
    const packet = Buffer.concat([first, ...Array.from({ length: count }, () => again)]);
    packet.writeUInt16BE(count + 1, 6);
    expect(readLanMessage(packet, OWN)).toMatchObject({ refused: 0 });
    const startMs = performance.now();
    for (let times = 0; times < 200; times++) readLanMessage(packet, OWN);
    expect((performance.now() - startMs) / 200).toBeLessThan(10);
  });

  test('never throws, whatever its bytes are', () => {
    const start = fc.uint8Array({ maxLength: 40 });
    const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 400 })).map(([a, b]) => {
      return Buffer.concat([a, Buffer.from('\x06_shoal\x04_tcp\x05local\x00'), b]);
    });
    fc.assert(
      fc.property(bytes, (packet) => isBounded(readLanMessage(packet, OWN))),
      { numRuns: 500 },
    );
  });

  test('never throws when a good one is cut or changed', () => {
    const good = Buffer.from(response([srv('a', 1214), srv('b', 1215), srv('c', 1216)]));
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const packet = Buffer.from(good);
        for (const [at, value] of changes) packet[at] = value;
        return isBounded(readLanMessage(packet.subarray(0, changes[0]?.[2] ?? good.length), OWN));
      }),
      { numRuns: 500 },
    );
  });
});

test('link-local IPv6 addresses, names and nonsense speak for nobody', () => {
  for (const host of ['192.168.1.7', '10.0.0.1', '169.254.7.7', '127.0.0.1', 'fd00::1', '2001:db8::1'])
    expect(isSpeaker(host)).toBe(true);
  for (const host of ['fe80::1%eth0', '0.0.0.0', '224.0.0.251', 'ff02::fb', 'host.local', ''])
    expect(isSpeaker(host)).toBe(false);
});

function isBounded(message: ReturnType<typeof readLanMessage>): boolean {
  return message === undefined || message === 'refused' || message.announced.length <= 4;
}
