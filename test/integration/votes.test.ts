import { expect, test } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { Verdict } from '../../src-main/contract/votes.ts';
import { askPeer } from '../support/ask-peer.ts';
import { HostilePeer } from '../support/hostile-peer.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { hashOf, Voter } from '../support/voters.ts';

/** Votes between real peers: who is believed, and what one operator with many keys gains. */

const SIZE = 4000;
const file = (number: number) => ({ hash: hashOf(number), size: SIZE });

async function startNetwork() {
  const supernode = await (await LivePeer.make()).start('--supernode', 'always');
  const leaf = async (...words: readonly string[]) => {
    const peer = await (await LivePeer.make()).start(...leafWords(supernode), ...words);
    await peer.untilStatus('a parent', ({ parent }) => parent !== null);
    return peer;
  };
  return { supernode, leaf };
}
const leafWords = ({ listen }: LivePeer) => ['--supernode', 'never', '--bootstrap', listen];

const say = (peer: LivePeer, number: number, verdict: Verdict | null) =>
  peer.client.command('verdict.set', { ...file(number), verdict });
const opinion = (peer: LivePeer, number: number) => peer.query('votes', file(number));

/** What a peer tells somebody with a key who asks for votes on a file. */
async function toldBy(peer: LivePeer, hash: ContentHash): Promise<readonly { key: string; verdict: Verdict }[]> {
  const asker = await HostilePeer.make(peer.listen);
  const { status, body } = await asker.ask(`/content/${hash}/votes`);
  expect(status).toBe(200);
  return JSON.parse(body.toString()).votes;
}
const untilTold = (peer: LivePeer, number: number, verdict: Verdict) =>
  until(`"${verdict}" of file ${number}`, async () =>
    (await toldBy(peer, hashOf(number))).some((vote) => vote.verdict === verdict),
  );

test('who agreed with a voter before hears him, who did not at most a tenth; over restarts too', async () => {
  const { supernode, leaf } = await startNetwork();
  const [voter, friend, stranger] = await Promise.all([leaf('--set', 'votes.publish=on'), leaf(), leaf()]);
  for (const number of [1, 2, 3, 9]) {
    expect(await say(voter, number, 'fake')).toMatchObject({ isPublic: true });
    await untilTold(supernode, number, 'fake');
  }
  // What was told is what the voter tells himself, and to nobody without a key.
  expect(await toldBy(voter, hashOf(9))).toEqual(await toldBy(supernode, hashOf(9)));
  expect((await askPeer(voter.listen, `/content/${hashOf(9)}/votes`)).status).toBe(403);
  for (const number of [1, 2, 3]) {
    await until(`a vote on file ${number}`, async () => {
      const { known, unknown } = await opinion(friend, number);
      return known + unknown === 1;
    });
    expect(await say(friend, number, 'malware')).toMatchObject({ isPublic: false });
  }
  expect(await toldBy(friend, hashOf(1))).toEqual([]);
  const heard = await until('the vote on file 9', async () => {
    const found = await opinion(friend, 9);
    return found.known === 1 ? found : undefined;
  });
  expect(heard).toMatchObject({ counts: { fake: 1, good: 0 }, own: null });
  expect(heard.score).toBeLessThan(-0.2);
  const whispered = await until('the same to a stranger', async () => {
    const found = await opinion(stranger, 9);
    return found.unknown === 1 ? found : undefined;
  });
  expect(whispered.known).toBe(0);
  expect(Math.abs(whispered.score)).toBeLessThanOrEqual(0.1);

  await Promise.all([friend.stop(), voter.kill()]);
  await voter.start(...leafWords(supernode), '--set', 'votes.publish=on');
  await friend.start(...leafWords(supernode));
  await untilTold(supernode, 9, 'fake');
  expect(await opinion(friend, 1)).toMatchObject({ own: 'malware', known: 1 });
  await until('the voter to be known still', async () => (await opinion(friend, 9)).known === 1);

  // Whoever takes a verdict back, or no longer wants others to know, is not told of any more.
  await say(voter, 9, null);
  await until('it to be taken back', async () => (await toldBy(supernode, hashOf(9)))[0]?.verdict !== 'fake');
  await voter.client.command('settings.set', { key: 'votes.publish', value: false });
  await until('nothing to be told', async () => (await toldBy(supernode, hashOf(1))).length === 0);
  expect(await toldBy(voter, hashOf(1))).toEqual([]);
});

test('a forged vote is a strike and ends the session; a hundred keys of one address are one stranger', async () => {
  const { supernode, leaf } = await startNetwork();
  const user = await leaf();
  const liar = await HostilePeer.make(supernode.listen);
  const session = await liar.join();
  const { key, ...own } = { key: new Voter(liar.tls.key).key, ...new Voter(liar.tls.key).vote(hashOf(1), 'good') };
  session.send({ type: 'votes', key, reset: true, votes: [{ ...own, verdict: 'fake' }] });
  expect(await session.closed).toEqual([1002, 'a forged vote']);
  expect(supernode.process.err).toMatch(new RegExp(`strike .*${liar.nodeId}`));
  expect(await toldBy(supernode, hashOf(1))).toEqual([]);

  const sessions = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const peer = await HostilePeer.make(supernode.listen);
      const joined = await peer.join();
      const voter = new Voter(peer.tls.key);
      joined.send({
        type: 'votes',
        key: voter.key,
        reset: true,
        votes: [voter.vote(hashOf(1), 'good', { size: SIZE })],
      });
      return joined;
    }),
  );
  await until('all votes to be taken', async () => (await toldBy(supernode, hashOf(1))).length === 64);
  const found = await until('them to be heard', async () => {
    const heard = await opinion(user, 1);
    return heard.unknown > 0 ? heard : undefined;
  });
  expect(found).toMatchObject({ known: 0, unknown: 1, counts: { good: 1 } });
  expect(found.score).toBeLessThanOrEqual(0.1);
  for (const one of sessions) one.close();
  await until('them to be forgotten', async () => (await toldBy(supernode, hashOf(1))).length === 0);
});

test('the command line says what a file is and what others say', async () => {
  const { supernode, leaf } = await startNetwork();
  const [voter, user] = await Promise.all([leaf('--set', 'votes.publish=on'), leaf()]);
  const hash = hashOf(5);
  expect(await voter.shoal('verdict', hash, 'broken', '--size', '7')).toEqual([
    { hash, size: 7, verdict: 'broken', isPublic: true },
  ]);
  await untilTold(supernode, 5, 'broken');
  expect(await user.shoal('votes', hash, '--size', '7', '--wait', '2')).toMatchObject([
    { hash, size: 7, unknown: 1, known: 0, own: null, counts: { broken: 1 } },
  ]);
  expect(await user.shoal('verdict', hash, 'broken', '--size', '7')).toMatchObject([{ isPublic: false }]);
  expect(await user.shoal('votes', hash, '--size', '7', '--wait', '0.1')).toMatchObject([
    { unknown: 1, own: 'broken' },
  ]);
  await expect(user.shoal('verdict', hash, 'awful', '--size', '7')).rejects.toThrow('it is one of good, fake');
  await expect(user.shoal('verdict', hash, 'good')).rejects.toThrow('give it with --size');
});

test('with another key a peer is a stranger to others, and knows still what its user thinks', async () => {
  const { supernode, leaf } = await startNetwork();
  const peer = await leaf('--set', 'votes.publish=on');
  const old = peer.node;
  await say(peer, 1, 'fake');
  await untilTold(supernode, 1, 'fake');
  const [{ next } = {}] = await peer.shoal('identity', 'rotate');
  expect(await peer.query('status', {})).toMatchObject({ node: peer.node, nextNode: next });
  expect(await peer.shoal('identity', 'rotate', '--cancel')).toEqual([{ next: null }]);
  expect(await peer.query('status', {})).toMatchObject({ nextNode: null });
  const [{ next: second } = {}] = await peer.shoal('identity', 'rotate');
  expect(new Set([old, next, second]).size).toBe(3);
  expect((await peer.query('status', {})).node).toBe(old);
  await peer.kill();
  await peer.start(...leafWords(supernode), '--set', 'votes.publish=on');
  expect(peer.node).toBe(second);
  await peer.untilStatus('a parent', ({ parent }) => parent !== null);
  expect(await opinion(peer, 1)).toMatchObject({ own: 'fake', isPublic: false });
  await until('the old votes to be forgotten', async () => (await toldBy(supernode, hashOf(1))).length === 0);
  expect(await toldBy(peer, hashOf(1))).toEqual([]);
  await say(peer, 1, 'fake');
  await untilTold(supernode, 1, 'fake');
});
