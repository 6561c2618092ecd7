import { spawnSync } from 'node:child_process';
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startAttack } from '../../support/attacks/attack.ts';
import { LivePeer } from '../../support/live-peer.ts';
import { canMakeNetworks, TestInternet } from '../../support/test-internet.ts';

/** A network must not be aimable at a victim: a supernode names one at ever other ports, and its machine counts who dials it how often. */

const PORT = 1214;
const VICTIM = '20.99.0.1';
const HOSTILE = '20.66.0.1';
const WATCHED_MS = 5000;
const LOOK_MS = 300;
/** One of the peers has no limit on how fast it dials one address. */
const UNRULED = ['per-address', 'per-block'].flatMap((of) => ['--set', `overlay.dials-${of}=1000`]);

/** Counts what each of these hosts begins with the machine of a namespace, on any port. */
function countDials(namespace: string, hosts: readonly string[]): () => readonly number[] {
  const nft = (...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', namespace, 'nft', ...words]);
    if (status !== 0) throw new Error(String(stderr));
    return String(stdout);
  };
  const rules = hosts.map((host) => `ip saddr ${host} tcp flags & (syn|ack) == syn counter;`);
  nft(`table ip dials { chain in { type filter hook input priority 0; ${rules.join(' ')} }; }`);
  return () => [...nft('list', 'table', 'ip', 'dials').matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
}

describe.skipIf(!canMakeNetworks)('a supernode that names a victim as sources and as supernodes', () => {
  test('makes no honest peer dial it more than once a second', async () => {
    const internet = new TestInternet();
    const hosts = ['20.1.0.1', '20.2.0.1', '20.3.0.1'];
    const dials = countDials(internet.host(VICTIM), hosts);
    const attack = startAttack('nameVictim', {
      ...{ namespace: internet.host(HOSTILE), target: `${VICTIM}:1`, from: [HOSTILE] },
    });
    const { invitation } = await attack.event('begun');
    const start = async (host: string, ...words: readonly string[]) => {
      const peer = await LivePeer.make({ 'coral.txt': host });
      const given = ['--bootstrap', String(invitation)];
      return peer.startIn(internet.host(host), '--listen', `${host}:${PORT}`, ...given, ...words);
    };
    const startedMs = performance.now();
    const peers = await Promise.all([
      start(hosts[0] ?? '', '--supernode', 'always'),
      start(hosts[1] ?? '', '--supernode', 'never'),
      start(hosts[2] ?? '', '--supernode', 'never', ...UNRULED),
    ]);
    const beganMs = performance.now();
    while (performance.now() - beganMs < WATCHED_MS) {
      // Whatever is found is wanted, from all who are said to have it.
      await Promise.all(
        peers.map(async (peer) => {
          const found = (await peer.shoal('search', 'reef', '--timeout', '1')).filter(({ event }) => event === 'hit');
          for (const { hash } of found.slice(0, 3)) await peer.shoal('get', String(hash));
        }),
      );
      await after(LOOK_MS);
    }
    const [supernode = 0, leaf = 0, unruled = 0] = dials();
    // From the first start on.
    const seconds = Math.ceil((performance.now() - startedMs) / 1000);
    console.log({ supernode, leaf, unruled, seconds });
    for (const count of [supernode, leaf]) {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(seconds + 1);
    }
    // Without the rule the victim would have noticed.
    expect(unruled).toBeGreaterThan(2 * seconds);
  });
});

test.runIf(!canMakeNetworks)('victims are not named: this needs root, iproute2 and nftables on Linux', () => {
  expect(canMakeNetworks).toBe(false);
});
