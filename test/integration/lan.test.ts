import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasNamespaces, makeCable } from '../support/network-namespaces.ts';
import { runShoal, ShoalProcess } from '../support/peer-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function makePlace() {
  const root = await temporaryFolder();
  await mkdir(join(root, 'downloads'));
  const data = join(root, 'data');
  return { data, words: ['peer', '--json', '--data', data, '--downloads', join(root, 'downloads')] };
}

describe('two peers with no address given', () => {
  test('on loopback find each other, and neither does with --no-lan', async () => {
    const [a, b, c] = [await makePlace(), await makePlace(), await makePlace()];
    // An address that no other peer on this machine has, so that none of them is found.
    const listen = ['--listen', `127.77.${process.pid % 250}.1:0`];
    const supernode = new ShoalProcess([...a.words, ...listen, '--supernode', 'always']);
    const { node } = await supernode.event('ready');
    await supernode.event('role');
    const silent = new ShoalProcess([...c.words, ...listen, '--supernode', 'never', '--no-lan']);
    const leaf = new ShoalProcess([...b.words, ...listen, '--supernode', 'never']);
    expect(await leaf.event('parent', { matches: (line) => line.node === node })).toBeDefined();
    expect((await runShoal('status', '--json', '--data', c.data)).lines).toMatchObject([{ parent: null }]);
    expect(silent.lines.filter(({ event }) => event === 'parent')).toEqual([]);
  });

  test.skipIf(!hasNamespaces).for([
    ['IPv4', ['10.77.0.1/24'], ['10.77.0.2/24']],
    ['IPv6', ['fd77::1/64'], ['fd77::2/64']],
    ['a public network of IPv6', ['2001:db8:77::1/64'], ['2001:db8:77::2/64']],
  ] as const)('over a cable find each other: %s', async ([_, ofFirst, ofSecond]) => {
    const namespaces = await makeCable(ofFirst, ofSecond);
    const peers = await Promise.all(
      namespaces.map(async (name) => {
        const { words } = await makePlace();
        return inNamespace(name, [...words, '--set', 'overlay.alone-after=500', '--set', 'overlay.look-min=1s']);
      }),
    );
    const nodes = await Promise.all(peers.map(async (peer) => (await peer.event('ready')).node));
    const parents = peers.map((peer) => peer.event('parent', { matches: ({ node }) => node !== null }));
    expect(nodes).toContain((await Promise.race(parents)).node);
    for (const parent of parents) parent.catch(() => undefined);
  });
});

test.skipIf(!hasNamespaces)('a machine without a network starts, serves itself and stops', async () => {
  const [name = ''] = await makeCable([], []);
  const { words } = await makePlace();
  const peer = inNamespace(name, words);
  await peer.event('ready');
  peer.process.kill('SIGTERM');
  expect(await peer.status).toBe(0);
  expect(peer.err).not.toContain('"level":50');
});

test.runIf(!hasNamespaces)('network namespaces are not tried: this needs root and iproute2 on Linux', () => {
  expect(hasNamespaces).toBe(false);
});

/** `shoal WORDS` in a network namespace. */
function inNamespace(name: string, words: readonly string[]): ShoalProcess {
  return new ShoalProcess(words, {}, undefined, ['ip', 'netns', 'exec', name]);
}
