import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';

const SONG = { 'Blue Train.mp3': Buffer.from('not much of a song') };
const startPair = async () => {
  const seed = await (await LivePeer.make(SONG)).start('--supernode', 'always');
  await seed.untilShared(1);
  const peer = await (await LivePeer.make({ 'Ebb.mp3': 'mine' })).start(
    '--supernode',
    'never',
    '--bootstrap',
    seed.listen,
  );
  await peer.untilShared(1);
  await peer.untilStatus('it has a parent', ({ parent }) => parent !== null);
  const [song] = await seed.shoal('share', 'files');
  return { seed, peer, hash: String(song?.hash) };
};

test('what is blocked is not found and not fetched, at once, until it is taken back; also after a restart', async () => {
  const { seed, peer, hash } = await startPair();
  const search = async () => {
    const lines = await peer.shoal('search', 'train', '--timeout', '5');
    return { hits: lines.filter(({ event }) => event === 'hit').length, end: lines.at(-1) };
  };
  await until('it is indexed', async () => (await search()).hits === 1);
  await peer.shoal('block', 'add', 'name:*Blue_Tr*');
  expect(await search()).toMatchObject({ hits: 0, end: { event: 'end', results: 0, blocked: 1 } });
  await peer.shoal('block', 'remove', 'name:*blue tr*');
  expect((await search()).hits).toBe(1);

  const list = join(peer.data, 'theirs.txt');
  await writeFile(list, `# from a friend\nhash:${hash}  # a fake\n`);
  expect(await peer.shoal('block', 'import', list)).toMatchObject([{ added: 1, bad: 0 }]);
  await expect(peer.shoal('get', hash)).rejects.toThrow(`blocked by you: hash:${hash}`);
  await peer.stop();
  await peer.start('--supernode', 'never', '--bootstrap', seed.listen);
  expect(await peer.shoal('block', 'list')).toEqual([{ rule: `hash:${hash}` }]);
  await peer.shoal('block', 'export', list);
  expect(await readFile(list, 'utf8')).toMatch(new RegExp(`^#.*\nhash:${hash}\n$`));
  await peer.shoal('block', 'remove', `hash:${hash}`);
  await peer.shoal('get', hash, '--from', seed.invitation, '--wait');
});

test('peers that are blocked are parted from, neither dialled nor served, and told nothing', async () => {
  const { seed, peer } = await startPair();
  expect((await seed.shoal('browse', peer.listen)).length).toBe(1);
  await peer.shoal('block', 'add', `node:${seed.node}`);
  await peer.untilStatus('it has no parent', ({ parent }) => parent === null);
  await until('its parent knows', async () => (await seed.query('status', {})).children === 0);
  await expect(peer.shoal('browse', seed.invitation)).rejects.toThrow('block list');
  await expect(peer.shoal('browse', seed.listen)).rejects.toThrow('block list');
  await expect(seed.shoal('browse', peer.listen)).rejects.toThrow(peer.listen);
  await peer.shoal('block', 'remove', `node:${seed.node}`);
  await peer.shoal('block', 'add', 'address:127.0.0.0/8');
  await expect(seed.shoal('browse', peer.listen)).rejects.toThrow(peer.listen);
  await expect(peer.shoal('browse', seed.listen)).rejects.toThrow('block list');
  await peer.shoal('block', 'remove', 'address:127.0.0.0/8');
  expect((await seed.shoal('browse', peer.listen)).length).toBe(1);
});

test('what is blocked is not shared, by whom blocks it, nor answered with by its supernode, and is shared again afterwards', async () => {
  const { seed, peer, hash } = await startPair();
  const [ebb] = await peer.shoal('share', 'files');
  const found = async (words: string, by: LivePeer) =>
    (await by.shoal('search', words, '--timeout', '5')).filter(({ event }) => event === 'hit').length;
  await until('both are indexed', async () => (await found('train', peer)) + (await found('ebb', peer)) === 2);
  const rules = [`hash:${hash}`, `hash:${ebb?.hash}`];
  for (const rule of rules) await seed.shoal('block', 'add', rule);
  // Its own file and that of its child.
  expect([await found('train', peer), await found('ebb', peer)]).toEqual([0, 0]);
  expect(await peer.shoal('browse', seed.listen)).toEqual([]);
  await expect(peer.shoal('get', hash, '--from', seed.invitation, '--wait', '--timeout', '3')).rejects.toThrow();
  expect(await seed.shoal('share', 'files')).toMatchObject([{ hash, blockedBy: `hash:${hash}` }]);
  for (const rule of rules) await seed.shoal('block', 'remove', rule);
  await until('both are found again', async () => (await found('train', peer)) + (await found('ebb', peer)) === 2);
  expect((await peer.shoal('browse', seed.listen)).length).toBe(1);
  await peer.shoal('block', 'add', 'name:*train*');
  expect(await peer.shoal('browse', seed.listen)).toEqual([]);
  expect(await peer.shoal('browse', seed.listen, '--all')).toMatchObject([{ hash }]);
});

test('a download that runs stops when its file is blocked, with the rule as its reason, and goes on when it is not any more', async () => {
  const seed = await (await LivePeer.make({ 'Long.bin': Buffer.alloc(6 * 2 ** 20, 7) })).start('--supernode', 'always');
  const peer = await (await LivePeer.make()).start('--supernode', 'never', '--bootstrap', seed.listen);
  await seed.untilShared(1);
  const [{ hash } = {}] = await seed.shoal('share', 'files');
  await peer.shoal('settings', 'download.rate', '1MiB');
  const [added] = await peer.shoal('get', String(hash), '--from', seed.invitation);
  const view = async () => (await peer.query('downloads', {})).find(({ id }) => id === added?.id);
  await until('some of it is here', async () => ((await view())?.done ?? 0) > 0);
  const rule = `hash:${hash}`;
  await peer.shoal('block', 'add', rule);
  expect(await view()).toMatchObject({ state: 'paused', reason: 'content.blocked', blockedBy: rule });
  await expect(peer.shoal('resume', String(added?.id))).rejects.toThrow(`blocked by you: ${rule}`);
  await peer.shoal('settings', 'download.rate', '0');
  await peer.shoal('block', 'remove', rule);
  await until('it is whole', async () => (await view())?.state === 'done');
  await peer.shoal('block', 'add', `node:${seed.node}`);
  expect((await view())?.sources).toMatchObject([{ node: seed.node, state: 'blocked', reason: 'peer.blocked' }]);
});
