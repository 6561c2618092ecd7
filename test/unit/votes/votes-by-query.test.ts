import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src-main/contract/descriptor.ts';
import type { Verdict } from '../../../src-main/contract/votes.ts';
import type { ListedVote } from '../../../src-main/engine/wire/votes.ts';
import { hashOf } from '../../support/voters.ts';
import { VotingNetwork, type VotingPeer } from '../../support/voting-network.ts';

/** Votes travel with a query by hash through the parent: what is found so, and who learns of it. */

const fileOf = (number: number): Descriptor => ({
  ...{ hash: hashOf(number), size: 1000, name: `song ${number}.mp3`, type: 'audio', extracted: {} },
});
const FILE = fileOf(7);

let world: VotingNetwork;
let supernodes: VotingPeer[];

/** Three supernodes in three parts of the world, which know each other. */
beforeEach(async () => {
  world = new VotingNetwork();
  supernodes = [];
  for (const part of [41, 42, 43]) supernodes.push(await world.supernode(`${part}.1.0.1`));
  await world.until(() => supernodes.every(({ sim }) => (sim.peer?.standing().neighbours ?? 0) === 2));
});
afterEach(() => world.stop());

const say = (peer: VotingPeer, verdict: Verdict, file = FILE) => peer.sim.peer?.say(file, verdict);
const parentOf = ({ sim }: VotingPeer) => supernodes.find((one) => one.sim.nodeId === sim.peer?.parent);
const counts = ({ sim }: VotingPeer) => sim.peer?.opinion(FILE)?.counts;
/** What a look brings, after the time that a query takes. */
async function look(peer: VotingPeer, file = FILE) {
  peer.sim.peer?.look(file);
  await world.clock.advance(15_000);
  return peer.sim.peer?.opinion(file);
}
/** What everybody but its parent hears of a peer while something is done. */
async function heardOf(peer: VotingPeer, others: readonly VotingPeer[], act: () => Promise<unknown>) {
  const before = others.map(({ mask }) => mask.heard.length);
  await act();
  return others.flatMap(({ mask, sim }, at) =>
    mask.heard
      .slice(before[at])
      .filter(({ from }) => from === peer.sim.nodeId && sim !== parentOf(peer)?.sim)
      .map(({ what }) => (typeof what === 'string' ? what : what.type)),
  );
}

/** Queries for the file that a supernode heard of others. */
const queriesTo = (peer: VotingPeer | undefined) =>
  (peer?.mask.heard ?? []).flatMap(({ from, what }) => {
    const isOfSupernode = supernodes.some(({ sim }) => sim.nodeId === from);
    return isOfSupernode && typeof what !== 'string' && what.type === 'query' && what.hash === FILE.hash ? [what] : [];
  });

describe('a look', () => {
  test('finds the vote of one who has the file no more and whose parent names no source, and is heard of by the parent alone', async () => {
    const looker = await world.leaf('41.2.0.1');
    const source = await world.leaf('42.2.0.1', [FILE]);
    const voter = await world.leaf('43.2.0.1');
    expect([looker, source, voter].map(parentOf)).toEqual(supernodes);
    await say(voter, 'fake');
    await world.clock.advance(60_000);
    const heard = await heardOf(looker, [...supernodes, source, voter], () => look(looker));
    expect(looker.sim.peer?.opinion(FILE)).toMatchObject({ unknown: 1, counts: { fake: 1 } });
    // A warm second parent is told how busy its child is, whatever that does.
    expect(heard.filter((what) => what !== 'load')).toEqual([]);
    // Who is asked for votes is asked by the parent, and not who looks.
    const queries = queriesTo(supernodes[2]);
    expect(queries).toMatchObject([{ voteSize: FILE.size }]);
    expect(JSON.stringify(queries)).not.toContain(looker.sim.nodeId);
  });

  test('of a supernode is a query like those of its children', async () => {
    const voter = await world.leaf('43.2.0.1');
    const own = await world.leaf('41.2.0.1');
    await say(voter, 'fake');
    await say(own, 'good');
    await world.clock.advance(60_000);
    const [looker] = supernodes as [VotingPeer];
    const others = supernodes.slice(1);
    const before = others.map(({ mask }) => mask.heard.length);
    expect(await look(looker)).toMatchObject({ unknown: 2, counts: { fake: 1, good: 1 } });
    const said = others.flatMap(({ mask }, at) => mask.heard.slice(before[at]));
    const paths = said.flatMap(({ what }) => (typeof what === 'string' ? [what] : []));
    expect(paths.filter((path) => path.startsWith('/content'))).toEqual([]);
  });

  test('is answered from what the parent has just found for another child', async () => {
    const voter = await world.leaf('43.2.0.1');
    const [one, other] = [await world.leaf('41.2.0.1'), await world.leaf('41.3.0.1')];
    await say(voter, 'fake');
    await world.clock.advance(60_000);
    await look(one);
    const [, , teller] = supernodes;
    expect(queriesTo(teller)).toHaveLength(1);
    expect(await look(other)).toMatchObject({ counts: { fake: 1 } });
    expect(queriesTo(teller)).toHaveLength(1);
  });
});

describe('a supernode that tells', () => {
  type Change = (votes: readonly ListedVote[]) => readonly ListedVote[];

  /** A voter is the child of the third supernode, and somebody is of the first; what one of the supernodes says of votes is changed. */
  async function withLiar(at: number, change: Change) {
    const looker = await world.leaf('41.2.0.1');
    const voter = await world.leaf('43.2.0.1');
    await say(voter, 'fake');
    await world.clock.advance(60_000);
    const [parent, liar] = [supernodes[0], supernodes[at]] as [VotingPeer, VotingPeer];
    liar.mask.instead = (message) =>
      message.type === 'hits' && message.votes ? { ...message, votes: [...change(message.votes)] } : message;
    await look(looker);
    return { looker, voter, parent, liar };
  }

  test.each<[string, Change]>([
    ['forged votes', (votes) => votes.map((vote) => ({ ...vote, verdict: 'good' }))],
    ['votes on another file', (votes) => votes.map((vote) => ({ ...vote, hash: hashOf(8) }))],
  ])('%s is struck by the parent, which passes none of them on', async (_, change) => {
    const { looker, parent, liar } = await withLiar(2, change);
    expect(looker.sim.peer?.opinion(FILE)).toMatchObject({ known: 0, unknown: 0 });
    expect(parent.strikes()).toEqual([{ node: liar.sim.nodeId, why: 'a forged vote' }]);
    expect(looker.strikes()).toEqual([]);
  });

  test('forged votes to its own child is struck by that', async () => {
    const { looker, parent } = await withLiar(0, (votes) => votes.map((vote) => ({ ...vote, verdict: 'good' })));
    expect(looker.sim.peer?.opinion(FILE)).toMatchObject({ known: 0, unknown: 0 });
    expect(looker.strikes()).toEqual([{ node: parent.sim.nodeId, why: 'a forged vote' }]);
  });

  test('more than an answer holds is struck', async () => {
    const { looker, parent, liar } = await withLiar(2, ([vote]) =>
      Array.from({ length: 65 }, () => vote as ListedVote),
    );
    expect(looker.sim.peer?.opinion(FILE)).toMatchObject({ known: 0, unknown: 0 });
    expect(parent.strikes()).toEqual([{ node: liar.sim.nodeId, why: expect.stringContaining('votes') }]);
  });

  test('what a voter said before changes nothing for who knows better', async () => {
    const old: ListedVote[] = [];
    const { looker, voter, parent, liar } = await withLiar(2, (votes) => {
      if (old.length === 0) old.push(...votes);
      return votes;
    });
    expect(counts(looker)).toMatchObject({ fake: 1, good: 0 });
    await say(voter, 'good');
    await world.clock.advance(11 * 60_000);
    await look(looker);
    expect(counts(looker)).toMatchObject({ fake: 0, good: 1 });
    liar.mask.instead = (message) => (message.type === 'hits' && message.votes ? { ...message, votes: old } : message);
    await world.clock.advance(11 * 60_000);
    await look(looker);
    expect(counts(looker)).toMatchObject({ fake: 0, good: 1 });
    expect([...parent.strikes(), ...looker.strikes()]).toEqual([]);
  });
});

describe('an older version', () => {
  const asOld = ({ mask }: VotingPeer) => {
    mask.instead = (message) =>
      message.type === 'welcome' || message.type === 'hello' ? { ...message, version: '1.1' } : message;
  };

  test('of a parent is asked what its own children say; nobody else hears of the look', async () => {
    const [parent] = supernodes as [VotingPeer];
    asOld(parent);
    const looker = await world.leaf('41.2.0.1');
    const voter = await world.leaf('41.3.0.1');
    await say(voter, 'fake');
    await world.clock.advance(60_000);
    expect(parentOf(looker)).toBe(parent);
    const heard = await heardOf(looker, supernodes, () => look(looker));
    expect(counts(looker)).toMatchObject({ fake: 1 });
    expect(heard.filter((what) => what !== 'load')).toEqual([]);
    const paths = parent.mask.heard.filter(({ from }) => from === looker.sim.nodeId).map(({ what }) => what);
    expect(paths).toContain(`/content/${FILE.hash}/votes`);
    expect(queriesTo(parent)).toEqual([]);
  });

  test('of a supernode is asked without what it does not know', async () => {
    const old = await world.supernode('44.1.0.1');
    asOld(old);
    await world.until(() => supernodes.every(({ sim }) => (sim.peer?.standing().neighbours ?? 0) === 3));
    const looker = await world.leaf('41.2.0.1');
    await look(looker);
    const [, newer] = supernodes as [VotingPeer, VotingPeer];
    expect(queriesTo(old)).toHaveLength(1);
    expect(queriesTo(old)[0]).not.toHaveProperty('voteSize');
    expect(queriesTo(newer)).toMatchObject([{ voteSize: FILE.size }]);
  });
});
