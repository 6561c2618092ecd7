import { describe, expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { canMakeNetworks, TestInternet } from '../support/test-internet.ts';

/** Real peers at addresses of different networks: rules that loopback is exempt from, and call-backs that can fail. */

const PORT = 1214;
const QUICK = {
  'overlay.alone-after': '300',
  'overlay.look-min': '500',
  'overlay.look-max': '2000',
  'overlay.dials-per-address': '100',
  'overlay.dials-per-block': '100',
  // Other tests run beside this one.
  'election.processor': '100',
  'election.uptime': '0',
  'election.average-uptime': '0',
  'election.look': '200',
  'election.check': '500',
};
const WORDS = Object.entries(QUICK).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
const SUPERNODE = ['--supernode', 'always'];
const listening = (host: string) => ['--listen', host.includes(':') ? `[${host}]:${PORT}` : `${host}:${PORT}`];
const from = (...peers: readonly LivePeer[]) => peers.flatMap(({ listen }) => ['--bootstrap', listen]);

async function start(namespace: string, host: string, ...words: readonly string[]): Promise<LivePeer> {
  const peer = await LivePeer.make({ [`${host.replaceAll(/[.:]+/g, '-')}.txt`]: `kept at ${host}` });
  return peer.startIn(namespace, ...WORDS, ...listening(host), ...words);
}
const linked = async (peer: LivePeer) =>
  (await peer.query('supernodes', {})).filter(({ state }) => state === 'neighbour').map(({ address }) => address);
const known = async (peer: LivePeer) => (await peer.query('supernodes', {})).map(({ node }) => node);
const reachability = async (peer: LivePeer) => (await peer.query('network', {})).reachability;
const condition = async (peer: LivePeer) =>
  (await peer.query('network', {})).election.find(({ name }) => name === 'reachable');

describe.skipIf(!canMakeNetworks)('in several networks', () => {
  test('a peer is reachable when supernodes of two networks connected back, and not behind a router', async () => {
    const internet = new TestInternet();
    const [north, south] = ['20.1.0.1', '20.2.0.1'];
    const one = await start(internet.host(north), north, ...SUPERNODE);
    const two = await start(internet.host(south), south, ...SUPERNODE, ...from(one));
    await until('a link', async () => (await linked(two)).length === 1);

    const [left, right] = internet.home('20.4.0.1', 2);
    if (!left || !right) throw new Error('no home');
    const [open, closed] = await Promise.all([
      start(internet.host('20.3.0.1'), '20.3.0.1', ...from(one, two)),
      start(left.namespace, left.address, ...from(one, two)),
    ]);
    await until('call-backs', async () => (await reachability(open)).state === 'reachable');
    const { tests } = await reachability(open);
    expect(tests.map(({ by, reached }) => [by, reached]).sort()).toEqual([
      [`${north}:${PORT}`, true],
      [`${south}:${PORT}`, true],
    ]);
    expect(await condition(open)).toMatchObject({ needed: 2, measured: 2, holds: true });

    await until('failed call-backs', async () => (await reachability(closed)).state === 'unreachable');
    expect(await condition(closed)).toMatchObject({ needed: 2, measured: 0, holds: false });
    // Its user vouches for it: it serves, and nobody is sent to it.
    // What failed for the one is not dialled again at once for the other: they have one address outside, and not one port.
    const other = ['--listen', `${right.address}:${PORT + 1}`];
    const vouched = await start(right.namespace, right.address, ...SUPERNODE, ...from(one, two), ...other);
    await until('its links', async () => (await linked(vouched)).length === 2);
    await until('it to be found out', () => one.process.err.includes('is not named to others'));
    const late = await start(internet.host('20.5.0.1'), '20.5.0.1', ...from(one));
    await late.process.event('parent');
    for (const peer of [open, closed, late]) expect(await known(peer)).not.toContain(vouched.node);
    expect(closed.process.lines.filter(({ role }) => role === 'supernode')).toEqual([]);
    expect((await closed.query('status', {})).role).toBe('leaf');
  });

  test('of one /24 a supernode links with two, however many there are', async () => {
    const internet = new TestInternet();
    const one = await start(internet.host('20.1.0.1'), '20.1.0.1', ...SUPERNODE);
    const hosts = ['20.2.0.1', '20.2.0.2', '20.2.0.3'];
    const block = await Promise.all(hosts.map((host) => start(internet.host(host), host, ...SUPERNODE, ...from(one))));
    const ofBlock = async (peer: LivePeer) => (await linked(peer)).filter(({ host }) => host.startsWith('20.2.0.'));
    await until('two links', async () => (await ofBlock(one)).length === 2);
    // Another one that is told of all of them, and looks again and again for more links.
    const distant = await start(internet.host('20.3.0.1'), '20.3.0.1', ...SUPERNODE, ...from(one, ...block));
    await until('its links', async () => (await linked(distant)).length === 3);
    for (const peer of [one, distant, ...block]) expect((await ofBlock(peer)).length).toBeLessThanOrEqual(2);
  });

  test('a peer that has only IPv6 finds its place, is connected back to, and is found from IPv4', async () => {
    const internet = new TestInternet();
    await start(internet.host('20.1.0.1', '2a01:1::1'), '::', ...SUPERNODE);
    const modern = await start(internet.host('2a02:1::1'), '2a02:1::1', '--bootstrap', `[2a01:1::1]:${PORT}`);
    expect(await modern.process.event('parent')).toMatchObject({ address: `[2a01:1::1]:${PORT}` });
    await until('a call-back', async () => (await reachability(modern)).tests.length > 0);
    expect((await reachability(modern)).tests).toMatchObject([{ by: `[2a01:1::1]:${PORT}`, reached: true }]);
    expect(await condition(modern)).toMatchObject({ measured: 1 });
    const old = await start(internet.host('20.2.0.1'), '20.2.0.1', '--bootstrap', `20.1.0.1:${PORT}`);
    await old.process.event('parent');
    await until('its file', async () => {
      const lines = await old.shoal('search', '2a02');
      return lines.some(({ event, name }) => event === 'hit' && name === '2a02-1-1.txt');
    });
  });
});

test.runIf(!canMakeNetworks)('several networks are not tried: this needs root, iproute2 and nftables on Linux', () => {
  expect(canMakeNetworks).toBe(false);
});
