import { createSocket } from 'node:dgram';
import { encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import type { PeerAddress } from '../../src-main/contract/address.ts';
import type { Discovery, DiscoveryHandle } from '../../src-main/engine/ports/index.ts';
import { MdnsDiscovery } from '../../src-main/platform/lan/mdns-discovery.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
import { MemoryLan } from '../../src-main/simulator/memory-discovery.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';

const HOST = '127.0.0.1';
/** Not that of multicast DNS: what else this machine runs must not matter. */
const port = 20_000 + Math.floor(Math.random() * 20_000);
const logger = new MemoryLogger();
const real = (): Discovery => new MdnsDiscovery({ logger, port });
const memory = (): Discovery => new MemoryLan(new SystemClock());
const open: DiscoveryHandle[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((handle) => handle.close()));
});

/** A peer at that port, with what it hears. */
function member(discovery: Discovery, at: number) {
  const heard: PeerAddress[] = [];
  const lost: PeerAddress[] = [];
  const found = (address: PeerAddress) => void heard.push(address);
  const gone = (address: PeerAddress) => void lost.push(address);
  const handle = discovery.open({ listen: { host: HOST, port: at }, found, gone });
  open.push(handle);
  return { handle, heard, lost };
}
const at = (number: number) => ({ host: HOST, port: number });
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 5000, interval: 10 });

describe.each([
  ['multicast DNS on loopback', real],
  ['memory', memory],
])('%s', (_, make) => {
  test('who is there and who comes find each other, and nobody finds itself', async () => {
    const discovery = make();
    const first = member(discovery, 1001);
    const second = member(discovery, 1002);
    await soon(() => first.heard).toContainEqual(at(1002));
    await soon(() => second.heard).toContainEqual(at(1001));
    expect(first.heard).not.toContainEqual(at(1001));
    expect(first.handle.state()).toEqual({ works: true, refused: 0 });
  });

  test('who takes leave is gone, and closing twice is closing once', async () => {
    const discovery = make();
    const first = member(discovery, 1001);
    const second = member(discovery, 1002);
    await soon(() => first.heard).toContainEqual(at(1002));
    await soon(() => second.heard).toContainEqual(at(1001));
    await second.handle.close();
    await second.handle.close();
    await soon(() => first.lost).toContainEqual(at(1002));
    expect(second.handle.state().works).toBe(false);
  });

  test('who asks is answered', async () => {
    const discovery = make();
    const first = member(discovery, 1001);
    const second = member(discovery, 1002);
    await soon(() => second.heard).toContainEqual(at(1001));
    await soon(() => first.heard).toContainEqual(at(1002));
    second.heard.length = 0;
    second.handle.ask();
    await soon(() => second.heard).toContainEqual(at(1001));
  });
});

describe('multicast DNS among strangers', () => {
  /** Sends to the group as any program on this machine may. */
  async function shout(packets: readonly Uint8Array[]): Promise<void> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    await new Promise<void>((resolve) => void socket.bind(0, HOST, resolve));
    socket.setMulticastInterface(HOST);
    for (const packet of packets) {
      await new Promise((resolve) => void socket.send(packet, port, '224.0.0.251', resolve));
    }
    socket.close();
  }
  const announce = (name: string, from: number) =>
    encode({ type: 'response', answers: [{ type: 'SRV', name, ttl: 120, data: { target: 'x.local', port: from } }] });

  test('a flood is bounded and counted, nonsense and other services bring nobody, and the next peer is found', async () => {
    const first = member(real(), 1001);
    await soon(() => first.handle.state().works).toBe(true);
    await shout(Array.from({ length: 300 }, (_, i) => announce(`i${i}._shoal._tcp.local`, 3000 + i)));
    await shout([announce('a._ssh._tcp.local', 22), Buffer.from('\x06_shoal'), Buffer.alloc(9000, '\x06_shoal')]);
    await shout([encode({ type: 'query', questions: [{ type: 'PTR', name: '_ipp._tcp.local' }] })]);
    await soon(() => first.handle.state().refused).toBeGreaterThan(200);
    expect(first.heard.length).toBeLessThanOrEqual(100);
    expect(first.heard).not.toContainEqual(at(22));
    member(real(), 1002);
    // Whatever was lost in the flood is said again a second later.
    await soon(() => first.heard).toContainEqual(at(1002));
  });

  test('where the port belongs to another program nothing breaks, and it is told once', async () => {
    const taken = createSocket({ type: 'udp4' });
    await new Promise<void>((resolve) => void taken.bind(0, '0.0.0.0', resolve));
    const told = new MemoryLogger();
    const discovery = new MdnsDiscovery({ logger: told, port: taken.address().port });
    const { handle } = member(discovery, 1001);
    await soon(() => told.lines.length).toBeGreaterThan(0);
    handle.ask();
    expect(handle.state().works).toBe(false);
    await handle.close();
    expect(told.lines.filter(({ level }) => level !== 'debug')).toHaveLength(1);
    await new Promise<void>((resolve) => void taken.close(resolve));
  });

  test('at an address that this machine has not, nothing is found and nothing breaks', async () => {
    const { handle } = member(new MdnsDiscovery({ logger, port, localAddress: () => '203.0.113.9' }), 1001);
    handle.ask();
    expect(handle.state()).toEqual({ works: false, refused: 0 });
    const elsewhere = real().open({ listen: { host: '203.0.113.9', port: 1 }, found: () => {}, gone: () => {} });
    elsewhere.ask();
    expect(elsewhere.state().works).toBe(false);
    await elsewhere.close();
  });
});
