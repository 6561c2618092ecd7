import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import type { Line } from '../support/peer-process.ts';
import { seededBytes } from '../support/sha256.ts';

/** Real processes on loopback: searching, and what a leaf sees of the death of its supernode. */

type Files = Readonly<Record<string, string | Uint8Array>>;
const MIB = 2 ** 20;
/** A leaf stays with the supernode that it was told of, so that each has two; two small supernodes stay two. */
const OPTIONS = ['--set', 'overlay.pings=1', '--set', 'overlay.merge-children=0'];
/** Protocol, section 7, as the project promises it. */
const NEW_PARENT_MS = 2000;

/** Two supernodes linked with each other, and two leaves on each: the first two are the first one's. */
async function startNetwork(
  shares: readonly [Files, Files, Files, Files],
  wordsOf: (at: number) => readonly string[] = () => [],
) {
  const first = await (await LivePeer.make()).start('--supernode', 'always', ...OPTIONS);
  const second = await (await LivePeer.make()).start('--supernode', 'always', '--bootstrap', first.listen, ...OPTIONS);
  const supernodes = [first, second] as const;
  const leaves = await Promise.all(
    shares.map(async (files, at) => {
      const parent = at < 2 ? first : second;
      const leaf = await LivePeer.make(files);
      return leaf.start('--supernode', 'never', '--bootstrap', parent.listen, ...OPTIONS, ...wordsOf(at));
    }),
  );
  await Promise.all(supernodes.map((one) => one.untilStatus('linked', ({ neighbours }) => neighbours === 1)));
  await Promise.all(supernodes.map((one) => one.untilStatus('two children', ({ children }) => children === 2)));
  return { supernodes, leaves: leaves as [LivePeer, LivePeer, LivePeer, LivePeer] };
}

const hitsOf = (lines: readonly Line[]) => lines.filter(({ event }) => event === 'hit');
const hashesOf = (lines: readonly Line[]) => [...new Set(hitsOf(lines).map(({ hash }) => String(hash)))].sort();
const namesOf = (lines: readonly Line[]) => [...new Set(hitsOf(lines).map(({ name }) => String(name)))].sort();
const wavesOf = (lines: readonly Line[]) => lines.filter(({ event }) => event === 'wave');
const search = (peer: LivePeer, ...words: readonly string[]) => peer.shoal('search', ...words);

const copyOf = (lines: readonly Line[]) => hitsOf(lines).findLast(({ size }) => size === 'everywhere'.length);

/** The lines of the first search that is `isWhole`: files are found once they were hashed and told to a supernode. */
const untilFound = (peer: LivePeer, words: readonly string[], isWhole: (lines: readonly Line[]) => boolean) =>
  until(`all results of ${words.join(' ')}`, async () => {
    const lines = await search(peer, ...words);
    return isWhole(lines) ? lines : undefined;
  });

describe('two supernodes with two leaves each', () => {
  test('find from any leaf what all share, wave by wave, up to the limit', async () => {
    const { supernodes, leaves } = await startNetwork([
      { 'reef one.txt': '1', 'shared reef.txt': 'everywhere' },
      { 'reef two.txt': '2', 'reef three.txt': '3' },
      { 'reef four.txt': '4', 'reef five.txt': '5', 'reef six.txt': '6' },
      { 'reef seven.txt': '7', 'reef eight.txt': '8', 'a copy of the reef.txt': 'everywhere' },
    ]);
    // Nine may be there while one of the two holders of the copy has not told of it.
    const isWhole = (lines: readonly Line[]) => hashesOf(lines).length === 9 && copyOf(lines)?.sources === 2;
    const all = await untilFound(leaves[0], ['reef'], isWhole);
    expect(all.at(-1)).toEqual({ event: 'end', reason: 'exhausted', results: 9, hidden: 0 });
    expect(wavesOf(all)).toMatchObject([
      { wave: 0, asked: 1, answered: 1, results: 4 },
      { wave: 1, asked: 1, answered: 1, results: 9 },
    ]);
    for (const peer of [...leaves.slice(1), ...supernodes])
      expect(hashesOf(await search(peer, 'reef'))).toEqual(hashesOf(all));
    const copy = copyOf(all);
    expect(copy).toMatchObject({ sources: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });

    // Four of the own supernode are not enough, so the wave to the other one runs, and is printed whole.
    const limited = await search(leaves[0], 'reef', '--limit', '5');
    expect(limited.at(-1)).toEqual({ event: 'end', reason: 'limit', results: 9, hidden: 0 });
    expect(hashesOf(limited)).toEqual(hashesOf(all));
    // Six of the own supernode are more than enough: nobody else is asked, and that wave is printed whole too.
    const near = await search(leaves[2], 'reef', '--limit', '5');
    expect(wavesOf(near)).toMatchObject([{ wave: 0, results: 6 }]);
    expect(near.at(-1)).toEqual({ event: 'end', reason: 'limit', results: 6, hidden: 0 });
    expect(hitsOf(near).every(({ wave }) => wave === 0)).toBe(true);

    const byHash = await search(leaves[1], String(copy?.hash));
    expect(hitsOf(byHash).every(({ hash }) => hash === copy?.hash)).toBe(true);
    expect(hitsOf(byHash).at(-1)).toMatchObject({ sources: 2 });
  });

  test('lose one: its leaves are elsewhere within 2 s, and a running download does not notice', async () => {
    const bytes = seededBytes(32 * MIB, 1);
    const { supernodes, leaves } = await startNetwork(
      [{}, { 'reef at night.bin': bytes }, { 'reef at night.bin': bytes }, { 'other reef.txt': 'x' }],
      // One of those that lose their supernode keeps no warm second one.
      (at) => ['--set', `upload.rate=${2 * MIB}`, '--set', `overlay.standby=${at === 1 ? 'off' : 'on'}`],
    );
    const [downloader, , , searcher] = leaves;
    const [found] = hitsOf(
      await until('both sources', async () => {
        const lines = await search(downloader, 'night');
        return hitsOf(lines).at(-1)?.sources === 2 ? lines : undefined;
      }),
    );
    const orphans = leaves.slice(0, 2);
    await untilStandby(downloader);

    const growth: { readonly atMs: number; readonly done: number }[] = [];
    downloader.client.on('download.progress', ({ done }) => growth.push({ atMs: performance.now(), done }));
    await downloader.shoal('get', String(found?.hash));
    await downloader.untilDownload('a part from both', ({ done, sources }) => {
      return done >= 4 * MIB && sources.filter(({ bytes }) => bytes > 0).length === 2;
    });
    const killedMs = await supernodes[0].kill();
    const waitsMs = await Promise.all(
      orphans.map(async (leaf) => {
        const isNew = (line: Line) => line.node === supernodes[1].node;
        return (
          leaf.process.timeOf(await leaf.process.event('parent', { afterMs: killedMs, matches: isNew })) - killedMs
        );
      }),
    );
    expect(Math.max(...waitsMs)).toBeLessThan(NEW_PARENT_MS);
    // What would have held the download up still does.
    await Promise.all(
      leaves.slice(1, 3).map((leaf) => leaf.client.command('settings.set', { key: 'upload.rate', value: 0 })),
    );
    const done = await downloader.untilDownload('the end', ({ state }) => state === 'done');
    expect(sha256(await readFile(done.path))).toBe(sha256(bytes));
    expect(longestPauseMs(growth, killedMs)).toBeLessThan(NEW_PARENT_MS);
    // What the orphans share is found at their new supernode: by now the downloader has a copy too.
    await until('three sources', async () => hitsOf(await search(searcher, 'night')).at(-1)?.sources === 3);
  });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const untilStandby = (leaf: LivePeer) =>
  until('a warm second parent', async () => {
    const known = await leaf.query('supernodes', {});
    return known.some(({ state }) => state === 'standby');
  });

/** Between two times at which more was there than before, from `fromMs` on: how long a download takes to begin is not what is tested. */
function longestPauseMs(growth: readonly { readonly atMs: number; readonly done: number }[], fromMs: number): number {
  const all = growth.filter(({ done }, at) => at === 0 || done > (growth[at - 1]?.done ?? 0));
  const last = all.findLastIndex(({ atMs }) => atMs <= fromMs);
  const steps = all.slice(Math.max(0, last));
  return Math.max(...steps.slice(1).map(({ atMs }, at) => atMs - (steps[at]?.atMs ?? 0)));
}

test('a search understands types, sizes, phrases and words that must not be there', async () => {
  const supernode = await (await LivePeer.make()).start('--supernode', 'always');
  const leaf = await LivePeer.make({
    'blue train.mp3': 'no real sound',
    'train blue.txt': 'a',
    'blue train live.txt': 'b',
    'Blüe Café train.txt': 'c'.repeat(2000),
  });
  await leaf.start('--supernode', 'never', '--bootstrap', supernode.listen);
  await untilFound(leaf, ['blue', 'train'], (lines) => hashesOf(lines).length === 4);
  const found = async (...words: readonly string[]) => namesOf(await search(leaf, ...words));
  expect(await found('train', 'type:audio')).toEqual(['blue train.mp3']);
  expect(await found('blue', 'train', '-live', '-cafe')).toEqual(['blue train.mp3', 'train blue.txt']);
  expect(await found('"blue train"')).toEqual(['blue train live.txt', 'blue train.mp3']);
  expect(await found('train', 'min:1KB')).toEqual(['Blüe Café train.txt']);
  expect(await found('tra', 'ext:mp3')).toEqual(['blue train.mp3']);
  expect(await search(leaf, 'nothing like this')).toMatchObject([{ event: 'wave' }, { event: 'end', results: 0 }]);
});
