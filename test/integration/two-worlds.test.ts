import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runShoal, startPeer } from '../support/peer-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const set = (...settings: readonly string[]) => settings.flatMap((setting) => ['--set', setting]);

async function start(...words: readonly string[]) {
  const root = await temporaryFolder();
  await mkdir(join(root, 'downloads'));
  const data = join(root, 'data');
  const peer = startPeer(data, '--downloads', join(root, 'downloads'), ...words);
  const { listen } = await peer.event('ready');
  return { data, peer, listen: String(listen) };
}

/** `count` supernodes that are linked with each other and with nobody else. */
async function startWorld(count: number): Promise<readonly string[]> {
  const serving = ['--supernode', 'always', ...set('overlay.merge-children=0', 'overlay.look-min=500')];
  const first = await start(...serving);
  const others = await Promise.all(
    Array.from({ length: count - 1 }, () => start(...serving, '--bootstrap', first.listen)),
  );
  for (const { data } of [first, ...others]) {
    const neighbours = async () => (await runShoal('status', '--json', '--data', data)).lines[0]?.neighbours;
    await expect.poll(neighbours).toBe(count - 1);
  }
  return [first, ...others].map(({ listen }) => listen);
}

test('a peer that was given an address in each of two worlds says so; with one address it cannot know', async () => {
  const [first = '', second = ''] = await startWorld(2);
  const [third = ''] = await startWorld(1);
  // The first look comes after a thirty-sixth of the pause, when there is a parent.
  const looking = ['--supernode', 'never', ...set('overlay.worlds-every=18s', 'overlay.standby=off')];
  const given = [[first, third], [first], [first, second]];
  const [between, inside, both] = await Promise.all(
    given.map((addresses) => start(...looking, ...addresses.flatMap((address) => ['--bootstrap', address]))),
  );
  if (!between || !inside || !both) throw new Error('not started');

  const told = await between.peer.event('worlds');
  expect(told).toMatchObject({ state: 'two', sides: [{ way: 'user' }, { way: 'user' }] });
  const sides = told.sides as readonly { readonly address: string; readonly entries: number }[];
  expect(sides.map(({ entries }) => entries).sort()).toEqual([1, 2]);
  for (const { address } of sides) expect([first, second, third]).toContain(address);

  const worlds = async (data: string) => (await runShoal('status', '--json', '--data', data)).lines[0]?.worlds;
  expect(await worlds(between.data)).toBe('two');
  await expect.poll(() => worlds(both.data)).toBe('one');
  await expect.poll(() => worlds(inside.data)).toBe('not-possible');
  const { lines } = await runShoal('status', '--data', between.data);
  expect(JSON.stringify(lines)).toContain('know nothing of each other');
});
