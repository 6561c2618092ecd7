import { beforeEach, describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src-main/contract/votes.ts';
import { LOOKS, PASSED_VOTES } from '../../../src-main/engine/wire/limits.ts';
import { fileOf, VoteWorld } from '../../support/vote-world.ts';
import { hashOf, Voter } from '../../support/voters.ts';

let world: VoteWorld;
beforeEach(async () => {
  world = await VoteWorld.make();
});

describe('who is asked', () => {
  test('is struck for a forged vote, which counts for nothing', async () => {
    const [liar, honest] = [new Voter(), new Voter()];
    const forged = { ...honest.listed(hashOf(1), 'good'), verdict: 'fake' as const };
    const other = new Voter().listed(hashOf(1), 'good');
    world.answers(liar.node, [forged, other]);
    world.votes.heard(fileOf(1), world.teller(liar, '203.0.113.1'));
    await world.settle();
    expect(world.strikes).toMatchObject([{ remote: { nodeId: liar.node }, why: 'a forged vote' }]);
    expect(world.votes.opinion(fileOf(1)).unknown).toBe(0);
  });

  test.each([
    ['something else', 'no JSON'],
    ['what is no list', '{"votes":3}'],
    ['votes of no shape', '{"votes":[{"key":"00"}]}'],
  ])('is struck for %s', async (_, answer) => {
    const peer = new Voter();
    world.answers(peer.node, answer);
    world.votes.heard(fileOf(1), world.teller(peer, '203.0.113.1'));
    await world.settle();
    expect(world.strikes).toMatchObject([{ why: 'malformed votes' }]);
  });

  test('is struck for a vote on another file than was asked for', async () => {
    const peer = new Voter();
    world.answers(peer.node, [peer.listed(hashOf(2), 'fake')]);
    world.votes.heard(fileOf(1), world.teller(peer, '203.0.113.1'));
    await world.settle();
    expect(world.strikes).toMatchObject([{ why: 'a forged vote' }]);
  });

  test('are few sources of a download, at most two of one block, and not again within ten minutes', async () => {
    const sources = Array.from({ length: 10 }, (_, at) => world.teller(new Voter(), `198.51.${at < 5 ? 1 : at}.7`));
    for (const source of sources) world.votes.heard(fileOf(1), source);
    await world.settle();
    const hosts = world.asked.map(({ to }) => to.address.host);
    expect(hosts).toEqual(['198.51.1.7', '198.51.1.7', '198.51.5.7']);
    expect(world.asked[0]?.request.path).toBe(`/content/${hashOf(1)}/votes?size=1000`);
    for (const source of sources) world.votes.heard(fileOf(1), source);
    await world.settle();
    expect(world.asked).toHaveLength(3);
    await world.clock.advance(11 * 60_000);
    for (const source of sources) world.votes.heard(fileOf(1), source);
    await world.settle();
    expect(world.asked).toHaveLength(6);
  });
});

describe('a look', () => {
  test('is the affair of the parent alone, and is not repeated within ten minutes', async () => {
    const voter = new Voter();
    world.tells = [world.passed('203.0.113.1', voter.listed(hashOf(1), 'fake'))];
    for (let times = 0; times < 3; times++) {
      world.votes.look(fileOf(1));
      await world.settle();
    }
    expect(world.looks).toEqual([fileOf(1)]);
    expect(world.asked).toEqual([]);
    expect(world.votes.opinion(fileOf(1))).toMatchObject({ unknown: 1, counts: { fake: 1 } });
    await world.clock.advance(11 * 60_000);
    world.votes.look(fileOf(1));
    await world.settle();
    expect(world.looks).toHaveLength(2);
  });

  test('that nobody was asked for may be repeated when it is over', async () => {
    world.asks = 0;
    for (let times = 0; times < 3; times++) {
      for (let asked = 0; asked < 5; asked++) world.votes.look(fileOf(1));
      await world.settle();
    }
    expect(world.looks).toHaveLength(3);
  });

  test('goes further than what a download hears beside its search, which hears nothing soon after either', async () => {
    const beside = world.votes.beside(fileOf(1));
    beside?.asked(1);
    beside?.told(world.passed('203.0.113.1', new Voter().listed(hashOf(1), 'fake')));
    await world.settle();
    expect(world.votes.opinion(fileOf(1)).unknown).toBe(1);
    expect(world.votes.beside(fileOf(1))).toBeUndefined();
    for (const number of [1, 2]) world.votes.look(fileOf(number));
    await world.settle();
    expect(world.looks).toEqual([fileOf(1), fileOf(2)]);
    expect(world.votes.beside(fileOf(2))).toBeUndefined();
    await world.clock.advance(11 * 60_000);
    expect(world.votes.beside(fileOf(1))).toBeDefined();
  });

  test('leaves most of what the parent does for this peer to searches and downloads', async () => {
    const look = async (from: number, count: number) => {
      for (let number = from; number < from + count; number++) world.votes.look(fileOf(number));
      await world.settle();
    };
    await look(100, 30);
    expect(world.looks).toHaveLength(LOOKS.aMinute);
    // What waits is looked at later, the last one first.
    await world.clock.advance(70_000);
    await world.settle();
    expect(world.looks).toHaveLength(2 * LOOKS.aMinute);
    expect(world.looks.at(LOOKS.aMinute)).toEqual(fileOf(121));
    await world.clock.advance(11 * 60_000);
    const before = world.looks.length;
    world.asks = 400;
    await look(200, 30);
    expect((world.looks.length - before) * world.asks).toBeLessThanOrEqual(LOOKS.asksIn10Min + world.asks);
    expect(world.looks.length).toBeGreaterThan(before);
  });

  test('asks a parent of an older version what its own children say, and nobody else', async () => {
    const voter = new Voter();
    world.isParentOld = true;
    world.answers(world.parent.node, [voter.listed(hashOf(1), 'fake')]);
    world.votes.look(fileOf(1));
    await world.settle();
    world.votes.look(fileOf(1));
    await world.settle();
    expect(world.asked.map(({ to }) => to.nodeId)).toEqual([world.parent.node]);
    expect(world.votes.opinion(fileOf(1))).toMatchObject({ unknown: 1, counts: { fake: 1 } });
  });

  test('is taken now and then at files that the user judged', async () => {
    await world.judge(1, 'good');
    await world.settle();
    expect(world.looks).toHaveLength(1);
    for (let times = 0; times < 3; times++) {
      await world.clock.advance(10 * 60_000);
      await world.settle();
    }
    expect(world.looks).toHaveLength(4);
  });
});

describe('a parent', () => {
  const look = async (number: number, ...tells: (typeof world)['tells']) => {
    world.tells = [...tells];
    world.votes.look(fileOf(number));
    await world.settle();
  };

  test.each([
    ['a forged vote', () => ({ ...new Voter().listed(hashOf(1), 'good'), verdict: 'fake' as const })],
    ['a vote on another file', () => new Voter().listed(hashOf(2), 'good')],
  ])('that passes on %s is struck, and not heard any more on that file', async (_, bad) => {
    const heard = world.votes.beside(fileOf(1));
    heard?.told(world.passed('203.0.113.1', bad()));
    await world.settle();
    heard?.told(world.passed('198.51.100.1', new Voter().listed(hashOf(1), 'good')));
    await world.settle();
    expect(world.strikes).toMatchObject([{ remote: { nodeId: world.parent.node }, why: 'a forged vote' }]);
    expect(world.votes.opinion(fileOf(1)).unknown).toBe(0);
  });

  test('that passes on an older word of a voter changes nothing', async () => {
    const voter = new Voter();
    const old = world.passed('203.0.113.2', voter.listed(hashOf(1), 'good', { sequence: 1 }));
    await look(1, world.passed('203.0.113.1', voter.listed(hashOf(1), 'fake', { sequence: 2 })), old);
    expect(world.votes.opinion(fileOf(1)).counts).toMatchObject({ fake: 1, good: 0 });
    expect(world.strikes).toEqual([]);
  });

  test('that passes on thousands has some hundreds checked', async () => {
    const many = Array.from({ length: 20 }, (_, at) => {
      const voter = new Voter();
      const votes = Array.from({ length: 64 }, (_, next) => voter.listed(hashOf(1), 'fake', { sequence: next + 1 }));
      return world.passed(`203.0.${at}.1`, ...votes);
    });
    const before = world.checks;
    await look(1, ...many);
    expect(world.checks - before).toBe(PASSED_VOTES.inSearch);
  });

  test('weighs as two voters at most, whatever places it names', async () => {
    const voters = Array.from({ length: 12 }, () => new Voter());
    const say = (number: number, verdict: Verdict) =>
      look(number, ...voters.map((voter, at) => world.passed(`203.0.${at}.1`, voter.listed(hashOf(number), verdict))));
    for (const number of [1, 2, 3, 4, 5, 6]) {
      await say(number, 'fake');
      await world.judge(number, 'fake');
      await world.clock.advance(11 * 60_000);
    }
    await say(9, 'good');
    expect(world.votes.opinion(fileOf(9)).known).toBe(12);
    expect(world.score(9)).toBeCloseTo((0.9 * 2) / 2.5);
    // One whom this peer meets itself is beyond that.
    await world.says(voters[0] as Voter, '203.0.0.1', 'good', 10);
    await world.says(voters[0] as Voter, '203.0.0.1', 'good', 9, 2);
    expect(world.score(9)).toBeGreaterThan((0.9 * 2) / 2.5 + 0.01);
  });
});
