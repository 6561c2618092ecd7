import { beforeEach, describe, expect, test } from 'vitest';
import { ChildVotes, type VotingChild } from '../../../src-main/engine/votes/child-votes.ts';
import { CHILD_VOTES } from '../../../src-main/engine/wire/limits.ts';
import type { SignedVote } from '../../../src-main/engine/wire/votes.ts';
import { verifySignature } from '../../../src-main/platform/identity/signing.ts';
import { nodeSha256 } from '../../../src-main/platform/node-sha256.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { VoteWorld } from '../../support/vote-world.ts';
import { hashOf, Voter } from '../../support/voters.ts';

let strikes: string[];
let clock: VirtualClock;
let children: ChildVotes;
let checking: Promise<boolean>[];
const limits = { ofOne: 5, ofAll: 12, unchecked: 8 };

beforeEach(() => {
  strikes = [];
  checking = [];
  clock = new VirtualClock();
  const verify: typeof verifySignature = (signed) => {
    const check = verifySignature(signed);
    checking.push(check);
    return check;
  };
  children = new ChildVotes({ clock, random: new SeededRandom(1), sha256: nodeSha256, verify, limits });
});

const child = (voter: Voter, host = '198.51.100.1'): VotingChild => ({
  ...{ nodeId: voter.node, host },
  misbehaved: (why) => strikes.push(why),
});
/** Until no signature is being checked. */
async function settle(): Promise<void> {
  for (let done = -1; done < checking.length; ) {
    done = checking.length;
    await Promise.all(checking);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
async function bring(voter: Voter, votes: readonly SignedVote[], { reset = false, host = '198.51.100.1' } = {}) {
  children.take(child(voter, host), { type: 'votes', key: voter.key, reset, votes: [...votes] });
  await settle();
}
const times = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at));
const told = (number: number) => children.of(hashOf(number), undefined, 64).map(({ verdict }) => verdict);

describe('votes of children', () => {
  test('are told to who asks, until the child changes its mind or leaves', async () => {
    const voter = new Voter();
    await bring(voter, [voter.vote(hashOf(1), 'fake', { sequence: 3 }), voter.vote(hashOf(2), 'good')]);
    expect(children.of(hashOf(1), 1000, 64)).toMatchObject([{ node: voter.node, key: voter.key, verdict: 'fake' }]);
    expect(children.of(hashOf(1), 999, 64)).toEqual([]);
    await bring(voter, [voter.vote(hashOf(1), 'good', { sequence: 2 })]);
    expect(told(1)).toEqual(['fake']);
    await bring(voter, [voter.vote(hashOf(1), 'broken', { sequence: 4 })]);
    expect(told(1)).toEqual(['broken']);
    await bring(voter, [], { reset: true });
    expect([told(1), told(2), children.count]).toEqual([[], [], 0]);
    await bring(voter, [voter.vote(hashOf(1), 'good', { sequence: 5 })]);
    children.gone(voter.node);
    expect([told(1), children.count]).toEqual([[], 0]);
  });

  test('that are forged, or of another, are a strike', async () => {
    const [voter, other] = [new Voter(), new Voter()];
    const vote = voter.vote(hashOf(1), 'fake');
    await bring(voter, [{ ...vote, verdict: 'good' }, voter.vote(hashOf(2), 'good')]);
    expect(strikes).toEqual(['a forged vote']);
    children.take(child(voter), {
      type: 'votes',
      key: other.key,
      reset: false,
      votes: [other.vote(hashOf(1), 'good')],
    });
    await settle();
    expect(strikes).toEqual(['a forged vote', 'votes with the key of another']);
    expect(children.count).toBe(0);
  });

  test('are few of one child and few in all: the oldest of who has most go', async () => {
    const voters = Array.from({ length: 4 }, () => new Voter());
    for (const [at, voter] of voters.entries()) {
      const numbers = Array.from({ length: at === 3 ? 1 : 6 }, (_, number) => number + 1);
      await bring(
        voter,
        numbers.map((number) => voter.vote(hashOf(number), 'good')),
      );
      expect(children.count).toBe(Math.min(limits.ofAll, 5 * Math.min(3, at + 1) + (at === 3 ? 1 : 0)));
    }
    // The last one came when all was full, and was heard.
    expect(children.of(hashOf(1), 1000, 64).map(({ node }) => node)).toEqual([voters[3]?.node]);
    for (const { node } of voters) children.gone(node);
    expect(children.count).toBe(0);
  });

  test('brought without end, as by a child that comes back again and again, are left out for a while and are no strike', async () => {
    const voter = new Voter();
    const votes = [...times(50, () => voter.vote(hashOf(1), 'good')), voter.vote(hashOf(2), 'good')];
    for (let session = 0; session < 78; session++) {
      children.gone(voter.node);
      await bring(voter, votes, { reset: true });
    }
    expect([told(2), children.count]).toEqual([['good'], 2]);
    await bring(voter, votes);
    const isChecked = checking.length;
    children.gone(voter.node);
    await bring(voter, votes, { reset: true });
    expect([checking.length, children.count, strikes]).toEqual([isChecked, 0, []]);
    await clock.advance(11 * 60_000);
    await bring(voter, votes);
    expect([told(2), strikes]).toEqual([['good'], []]);
  });

  test('are taken back at once, whatever else is left out', async () => {
    const [voter, flooder] = [new Voter(), new Voter()];
    const many = (of: Voter) => times(limits.unchecked, (at) => of.vote(hashOf(10 + at), 'good'));
    await bring(voter, [voter.vote(hashOf(1), 'good')]);
    const message = { type: 'votes', key: voter.key, reset: false } as const;
    children.take(child(voter), { ...message, votes: [voter.vote(hashOf(2), 'good')] });
    children.take(child(flooder), { ...message, key: flooder.key, votes: many(flooder) });
    children.take(child(voter), { ...message, reset: true, votes: many(voter) });
    await settle();
    expect([told(1), told(2)]).toEqual([[], []]);
    for (let brought = 0; brought < CHILD_VOTES.broughtIn10Min; brought += 100)
      await bring(
        voter,
        times(100, () => voter.vote(hashOf(3), 'good')),
      );
    expect(told(3)).toEqual(['good']);
    await bring(voter, [], { reset: true });
    expect([told(3), strikes]).toEqual([[], []]);
  });

  test('of a child that brings more than can be checked at once are left out, and those of others are heard', async () => {
    const [flooder, honest] = [new Voter(), new Voter()];
    const take = (voter: Voter, ...numbers: readonly number[]) =>
      children.take(child(voter), {
        ...{ type: 'votes', key: voter.key, reset: false },
        votes: numbers.map((number) => voter.vote(hashOf(number), 'good')),
      });
    take(flooder, 1, 2, 3, 4);
    take(flooder, 5, 6, 7, 8, 9);
    take(honest, 10, 11, 12, 13, 14);
    await settle();
    const heard = Array.from({ length: 14 }, (_, at) => at + 1).filter((number) => told(number).length > 0);
    expect(heard).toEqual([1, 2, 3, 4, 10, 11, 12, 13, 14]);
    take(flooder, 5, 6);
    await settle();
    expect([...told(5), ...told(6)]).toHaveLength(2);
    expect(strikes).toEqual([]);
  });

  test('are told one of each address block before the second of any', async () => {
    for (let number = 0; number < 8; number++) {
      const voter = new Voter();
      const host = number < 6 ? `203.0.113.${number + 1}` : `192.0.2${number}.1`;
      await bring(voter, [voter.vote(hashOf(1), number < 6 ? 'good' : 'fake')], { host });
    }
    const three = children.of(hashOf(1), 1000, 3);
    expect(three.map(({ verdict }) => verdict).sort()).toEqual(['fake', 'fake', 'good']);
    expect(children.of(hashOf(1), 1000, 64)).toHaveLength(8);
  });
});

describe('an answer about votes', () => {
  const path = `/content/${hashOf(1)}/votes`;
  const remote = { nodeId: new Voter().node, address: { host: '198.51.100.9', port: 1 } };

  test('needs a certificate, GET and a size that is one', async () => {
    const world = await VoteWorld.make();
    const status = (...request: Parameters<VoteWorld['request']>) =>
      world.votes.handle(world.request(...request))?.status;
    expect(status(path, { ...remote, nodeId: undefined })).toBe(403);
    expect(status(path, remote, 'POST')).toBe(405);
    expect(status(`${path}?size=-1`, remote)).toBe(400);
    expect(status(`${path}?size=1e3`, remote)).toBe(400);
    expect(status(`${path}?size=9999999999999999`, remote)).toBe(400);
    expect(status(path, remote)).toBe(200);
    expect(status('/content/12/votes', remote)).toBeUndefined();
    expect(status(`/content/${hashOf(1)}`, remote)).toBeUndefined();
  });

  test('about what this user blocks has what he says himself, and nothing of children', async () => {
    const world = await VoteWorld.make();
    const voter = new Voter();
    world.publish(true);
    await world.votes.set({ hash: hashOf(1), size: 1000, name: '', verdict: 'fake' });
    world.votes.fromChild(child(voter), {
      ...{ type: 'votes', key: voter.key, reset: false, votes: [voter.vote(hashOf(1), 'good')] },
    });
    await world.settle();
    const told = () => JSON.parse(String(world.votes.handle(world.request(path, remote))?.body)).votes;
    expect(told()).toMatchObject([{ verdict: 'fake' }, { verdict: 'good' }]);
    world.blocked.add(hashOf(1));
    expect(told()).toMatchObject([{ verdict: 'fake' }]);
  });

  test('is given 60 times a minute to one peer, and 240 times to one block', async () => {
    const world = await VoteWorld.make();
    const ask = (from: typeof remote) => world.votes.handle(world.request(path, from))?.status;
    const times = (count: number, from: typeof remote) => Array.from({ length: count }, () => ask(from));
    expect(new Set(times(60, remote))).toEqual(new Set([200]));
    expect(ask(remote)).toBe(429);
    for (let peer = 0; peer < 3; peer++)
      expect(new Set(times(60, { ...remote, nodeId: new Voter().node }))).toEqual(new Set([200]));
    expect(ask({ ...remote, nodeId: new Voter().node })).toBe(429);
    expect(ask({ nodeId: new Voter().node, address: { host: '192.0.2.1', port: 1 } })).toBe(200);
    await world.clock.advance(66_000);
    expect(ask(remote)).toBe(200);
  });

  test('has what children brought and what the peer says itself', async () => {
    const world = await VoteWorld.make();
    world.publish(true);
    await world.votes.set({ hash: hashOf(1), size: 1000, name: 'x', verdict: 'good' });
    const voter = new Voter();
    world.votes.fromChild(child(voter), {
      ...{ type: 'votes', key: voter.key, reset: true },
      votes: [voter.vote(hashOf(1), 'fake')],
    });
    await world.settle();
    const answer = world.votes.handle(world.request(path, remote));
    const { votes } = JSON.parse(String(answer?.body));
    expect(votes.map(({ key, verdict }: { key: string; verdict: string }) => [key, verdict])).toEqual([
      [world.me.key, 'good'],
      [voter.key, 'fake'],
    ]);
  });
});
