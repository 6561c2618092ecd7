import { expect, test } from 'vitest';
import type { StatusView } from '../../src-main/contract/outputs.ts';
import { LivePeer, until } from '../support/live-peer.ts';

/** Real peers that elect a supernode of their own: what is measured is real, only how much of it is needed is set down. */

const QUICK = {
  'supernode.children': '3',
  'overlay.alone-after': '300',
  'overlay.look-min': '500',
  'overlay.merge-children': '0',
  // Other tests run beside this one.
  'election.processor': '100',
  'election.check': '500',
  'election.look': '200',
  'election.uptime': '1000',
  'election.average-uptime': '1000',
};
const WORDS = Object.entries(QUICK).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

const statusOf = async (peer: LivePeer) => (await peer.shoal('status'))[0] as unknown as StatusView;

test('children of a full supernode measure themselves, one is invited and serves, and all are found as before', async () => {
  const first = await (await LivePeer.make()).start(...WORDS);
  await first.process.event('role');
  const leaves: LivePeer[] = [];
  for (let number = 1; number <= 3; number++) {
    const leaf = await LivePeer.make({ [`reef ${number}.txt`]: `dive ${number}` });
    leaves.push(await leaf.start(...WORDS, '--bootstrap', first.listen));
  }
  const elected = await until('an elected supernode', () =>
    leaves.find(({ process }) => process.lines.some(({ event, role }) => event === 'role' && role === 'supernode')),
  );
  expect(await elected.query('network', {})).toMatchObject({ role: 'supernode', why: 'invited' });

  const { election, reachability } = await statusOf(elected);
  expect(reachability).toBe('reachable');
  const measured = Object.fromEntries(election.map((one) => [one.name, one]));
  expect(measured.reachable).toMatchObject({ needed: 1, measured: 1, holds: true });
  // Loopback, shown by a probe: no file was sent.
  expect(measured['upload-rate']?.measured).toBeGreaterThan(64 * 1024);
  expect(measured['download-rate']?.measured).toBeGreaterThan(256 * 1024);
  // It has just changed its role, and rests.
  expect(election.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual(['settled']);

  const late = await (await LivePeer.make()).start(...WORDS, '--bootstrap', first.listen);
  await late.process.event('parent');
  await until('all three files', async () => {
    const lines = await late.shoal('search', 'reef');
    return new Set(lines.filter(({ event }) => event === 'hit').map(({ hash }) => hash)).size === 3;
  });
});
