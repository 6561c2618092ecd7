import { describe, expect, it } from 'vitest';
import {
  classifyHost,
  isPrivateHost,
  narrowBlock,
  singleBlock,
  wideBlock,
} from '../../src-main/contract/address-block.ts';
import { parseIp } from '../../src-main/contract/ip.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

describe('address blocks', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4', '1.2.3', '1.2'],
    ['::ffff:1.2.3.4', '1.2.3.4', '1.2.3', '1.2'],
    ['::ffff:102:304', '1.2.3.4', '1.2.3', '1.2'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:', '2001:db8:1:', '2001:db8:'],
    ['2001:0DB8::1', '2001:db8:0:0:', '2001:db8:0:', '2001:db8:'],
    ['Example.org', 'example.org', 'example.org', 'example.org'],
  ])('%s', (host, single, narrow, wide) => {
    expect([singleBlock(host), narrowBlock(host), wideBlock(host)]).toEqual([single, narrow, wide]);
  });

  it.each([
    ['8.8.8.8', 'public'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd00::1', 'private'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['0.0.0.0', 'unusable'],
    ['255.255.255.255', 'unusable'],
    ['::', 'unusable'],
    ['::127.0.0.1', 'unusable'],
    ['2606:4700::1111', 'public'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:ff9b:1::8.8.8.8', 'private'],
    ['2002:7f00:1::', 'loopback'],
    ['2001::80ff:fffe', 'loopback'],
    ['2001:0:1:2:3:4:f7f7:f7f7', 'public'],
    ['localhost', 'name'],
    ['127.1', 'name'],
    ['0127.0.0.1', 'name'],
  ])('%s is %s', (host, kind) => {
    expect(classifyHost(host)).toBe(kind);
    expect(isPrivateHost(host)).toBe(kind !== 'public' && kind !== 'name');
  });

  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '1.2.3.256',
    '1.2.3.4::',
    '::1.2.3',
  ])('does not take %j for an address', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});

it('long texts that stand where a host is wanted are not remembered', async () => {
  const long = (at: number) => `${'x'.repeat(20_000)}${at}`;
  await collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 2000; at++)
    expect([classifyHost(long(at)), wideBlock(long(at)).length]).toEqual(['name', long(at).length]);
  await collectGarbage();
  expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(8);
});
