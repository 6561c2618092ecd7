import { describe, expect, test } from 'vitest';
import {
  BYTES,
  FILE,
  fetch,
  from,
  PORT,
  reachability,
  start,
  startSupernodes,
  untilCalledReachable,
} from '../support/far-file.ts';
import { until } from '../support/live-peer.ts';
import { startRouter } from '../support/peer-process.ts';
import { canMakeNetworks, ROUTER_INSIDE, TestInternet } from '../support/test-internet.ts';

/** Files of peers behind routers, over real routers: which way each is reached, and that every byte comes. */

describe.skipIf(!canMakeNetworks)('a file of a peer', () => {
  test('that others can reach comes directly', async () => {
    const internet = new TestInternet();
    const [one, two] = await startSupernodes(internet);
    const place = (address: string) => ({ namespace: internet.host(address), address });
    await start(place('20.3.0.1'), { [FILE]: BYTES }, '--supernode', 'never', ...from(one));
    const asker = await start(place('20.4.0.1'), {}, '--supernode', 'never', ...from(two));
    const { sources } = await fetch(asker);
    expect(sources).toMatchObject([{ address: `20.3.0.1:${PORT}`, way: 'direct' }]);
  });

  test('behind a router comes over a connection that it opens when it is called', async () => {
    const internet = new TestInternet();
    const [one, two] = await startSupernodes(internet);
    const [home] = internet.home('20.5.0.1', 1);
    if (!home) throw new Error('no home');
    const source = await start(home, { [FILE]: BYTES }, '--supernode', 'never', ...from(one, two));
    await until('failed call-backs', async () => (await reachability(source)) === 'unreachable');
    const place = { namespace: internet.host('20.4.0.1'), address: '20.4.0.1' };
    const asker = await start(place, {}, '--supernode', 'never', ...from(two));
    const { sources } = await fetch(asker);
    expect(sources).toMatchObject([{ node: source.node, way: 'reverse', ways: [{ way: 'reverse', reason: null }] }]);
    // A supernode asks for itself, whether the source is a child of its own or of another one.
    for (const supernode of [one, two]) expect((await fetch(supernode)).sources[0]).toMatchObject({ way: 'reverse' });
  });

  test.each(['pcp', 'nat-pmp', 'upnp'])(
    'behind a router that passes its port on by %s comes directly',
    async (protocol) => {
      const internet = new TestInternet();
      const [one, two] = await startSupernodes(internet);
      const [home] = internet.home('20.5.0.1', 1);
      if (!home) throw new Error('no home');
      const router = startRouter(home.router, protocol, ROUTER_INSIDE, '20.5.0.1');
      await router.event('ready');
      const source = await start(home, { [FILE]: BYTES }, '--supernode', 'never', ...from(one, two));
      await until('call-backs', async () => (await reachability(source)) === 'reachable');
      const { reach, invitations } = await source.query('status', {});
      const { mapping } = reach;
      expect(invitations[0]).toBe(`shoal://${source.node}@20.5.0.1:${PORT}`);
      expect(mapping).toEqual({
        ...{ state: 'mapped', protocol, router: ROUTER_INSIDE },
        host: '20.5.0.1',
        port: PORT,
      });
      const asker = await start(
        { namespace: internet.host('20.4.0.1'), address: '20.4.0.1' },
        {},
        '--supernode',
        'never',
        ...from(two),
      );
      await untilCalledReachable(asker);
      expect((await fetch(asker)).sources).toMatchObject([{ address: `20.5.0.1:${PORT}`, way: 'direct' }]);
      // It is taken back at the end.
      await source.stop();
      await router.event('removed');
      expect(router.lines.filter(({ event }) => event === 'failed')).toEqual([]);
    },
  );

  test.each([
    ['hole-punch', false],
    ['relay', true],
  ])('comes by %s when both are behind routers', async (way, random) => {
    const internet = new TestInternet();
    const [one, two] = await startSupernodes(internet);
    const [home] = internet.home('20.5.0.1', 1, { random, silent: true });
    const [other] = internet.home('20.6.0.1', 1, { random, silent: true });
    if (!home || !other) throw new Error('no homes');
    for (const supernode of [one, two])
      for (const key of ['relay.rate-pair', 'relay.rate']) {
        await supernode.shoal('settings', key, '4194304');
      }
    const source = await start(home, { [FILE]: BYTES }, '--supernode', 'never', ...from(one, two));
    const asker = await start(other, {}, '--supernode', 'never', ...from(two, one));
    for (const peer of [source, asker])
      await until('failed call-backs', async () => (await reachability(peer)) === 'unreachable');
    expect((await fetch(asker)).sources).toMatchObject([{ node: source.node, way }]);
    const relays = [(await one.query('status', {})).relay, (await two.query('network', {})).relay];
    const carried = relays.reduce((sum, { bytes }) => sum + bytes, 0);
    if (way === 'relay') expect(carried).toBeGreaterThanOrEqual(BYTES.length);
    else expect(carried).toBeLessThan(BYTES.length);
    expect(relays.reduce((sum, { dayBytes }) => sum + dayBytes, 0)).toBeGreaterThanOrEqual(carried);
  });
});

test.runIf(!canMakeNetworks)('routers are not tried: this needs root, iproute2 and nftables on Linux', () => {
  expect(canMakeNetworks).toBe(false);
});
