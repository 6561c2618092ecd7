import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { BYTES, FILE, fetch, from, PORT, start, startSupernodes } from '../support/far-file.ts';
import { type LivePeer, until } from '../support/live-peer.ts';
import { startRouter } from '../support/peer-process.ts';
import { canMakeNetworks, type HomeMachine, ROUTER_INSIDE, TestInternet } from '../support/test-internet.ts';

/** Peers whose router is started again, or lends its ports for a short time only, over real routers. */

/** What takes a minute and more with a peer as it is installed, to lose its parent and to look again, takes seconds. */
const IMPATIENT = ['reach.doubt-interval=1000', 'overlay.ping-silence=1000', 'overlay.ping-timeout=1000'];
const WORDS = IMPATIENT.flatMap((word) => ['--set', word]);
const BEFORE = '20.5.0.1';
const AFTER = '20.7.0.1';

const startSource = (home: HomeMachine, ...supernodes: readonly LivePeer[]) =>
  start(home, { [FILE]: BYTES }, '--supernode', 'never', ...WORDS, ...from(...supernodes));

function makeHome(internet: TestInternet): HomeMachine {
  const [home] = internet.home(BEFORE, 1, { silent: true });
  if (!home) throw new Error('no home');
  return home;
}

/** Reached at this address outside, by all who tried, since `sinceMs`. */
const untilReached = (peer: LivePeer, host: string, sinceMs = 0): Promise<unknown> =>
  until(`call-backs at ${host}`, async () => {
    const { state, tests, mapping } = (await peer.query('network', {})).reachability;
    const isFresh = tests.every(({ reached, agoMs }) => reached && performance.now() - agoMs >= sinceMs);
    return state === 'reachable' && mapping.host === host && isFresh;
  });

describe.skipIf(!canMakeNetworks)('a peer behind a router', () => {
  test.each(['nat-pmp', 'upnp'])(
    'that is started again and has another address outside is dialled there as soon as it has a parent again (%s)',
    async (protocol) => {
      const internet = new TestInternet();
      const [one, two] = await startSupernodes(internet);
      const home = makeHome(internet);
      const first = startRouter(home.router, protocol, ROUTER_INSIDE, BEFORE);
      await first.event('ready');
      const source = await startSource(home, one, two);
      await untilReached(source, BEFORE);
      const place = { namespace: internet.host('20.4.0.1'), address: '20.4.0.1' };
      const asker = await start(place, {}, '--supernode', 'never', ...from(two));

      await first.kill();
      internet.moveTo(home.router, AFTER);
      const restartedMs = performance.now();
      const second = startRouter(home.router, protocol, ROUTER_INSIDE, AFTER);
      await second.event('ready');
      const parent = await source.process.event('parent', {
        afterMs: restartedMs,
        matches: ({ node }) => node !== null,
      });
      const parentMs = source.process.timeOf(parent);
      await untilReached(source, AFTER, parentMs);

      expect((await fetch(asker)).sources).toMatchObject([
        { node: source.node, address: `${AFTER}:${PORT}`, way: 'direct', ways: [{ way: 'direct', reason: null }] },
      ]);
      expect(second.lines.filter(({ event }) => event === 'failed')).toEqual([]);
    },
  );

  test('that lends a port for seconds is asked again before they end, and has it back when the peer stops or dies', async () => {
    const leaseMs = 8000;
    const internet = new TestInternet();
    const [one, two] = await startSupernodes(internet);
    const home = makeHome(internet);
    const router = startRouter(home.router, 'pcp', ROUTER_INSIDE, BEFORE, String(leaseMs / 1000));
    await router.event('ready');
    const mapped = () => router.lines.filter(({ event }) => event === 'mapped').map((line) => router.timeOf(line));
    const passedOn = () => {
      const words = ['netns', 'exec', home.router, 'nft', 'list', 'chain', 'ip', 'home', 'in'];
      return spawnSync('ip', words, { encoding: 'utf8' }).stdout.includes(`dport ${PORT} dnat to`);
    };
    const source = await startSource(home, one, two);
    await untilReached(source, BEFORE);
    const place = { namespace: internet.host('20.4.0.1'), address: '20.4.0.1' };
    const asker = await start(place, {}, '--supernode', 'never', ...from(two));
    expect((await fetch(asker)).sources).toMatchObject([{ address: `${BEFORE}:${PORT}`, way: 'direct' }]);
    const [firstMs = Number.NaN] = mapped();
    await until('the end of the first lease', () => performance.now() > firstMs + leaseMs);
    expect([passedOn(), mapped().length > 1]).toEqual([true, true]);
    expect(router.lines.filter(({ event }) => event === 'expired')).toEqual([]);

    await source.stop();
    await router.event('removed');
    expect(passedOn()).toBe(false);

    // Without a word it ends by itself, at the router: what was renewed above would have ended, too.
    const again = await source.startIn(home.namespace, ...WORDS, '--listen', `${home.address}:${PORT}`, ...from(one));
    await until('a mapping', passedOn);
    await again.kill();
    await router.event('expired');
    expect(passedOn()).toBe(false);
  });
});

test.runIf(!canMakeNetworks)('routers are not started again: this needs root, iproute2 and nftables on Linux', () => {
  expect(canMakeNetworks).toBe(false);
});
