import { beforeEach, describe, expect, test } from 'vitest';
import { fileOf, VoteWorld } from '../../support/vote-world.ts';
import { hashOf, Voter } from '../../support/voters.ts';

const DAY = 24 * 3_600_000;

let world: VoteWorld;
beforeEach(async () => {
  world = await VoteWorld.make();
});

describe('what others say', () => {
  test('counts by how far they agreed before, and is told as it comes', async () => {
    const friend = new Voter();
    const stranger = new Voter();
    for (const number of [1, 2, 3]) {
      await world.says(friend, '198.51.100.1', 'fake', number);
      await world.judge(number, 'malware');
    }
    await world.says(friend, '198.51.100.1', 'fake', 9);
    expect(world.votes.opinion(fileOf(9))).toMatchObject({ known: 1, unknown: 0, counts: { fake: 1 }, own: null });
    const before = world.score(9);
    expect(before).toBeLessThan(-0.25);
    await world.says(stranger, '203.0.113.1', 'good', 9);
    expect(world.votes.opinion(fileOf(9))).toMatchObject({ known: 1, unknown: 1, counts: { fake: 1, good: 1 } });
    expect(world.score(9) - before).toBeLessThanOrEqual(0.1);
    expect(world.changes.at(-1)).toEqual(world.votes.opinion(fileOf(9)));
  });

  test('is forgotten of nobody at a restart, where the user judged too', async () => {
    const friend = new Voter();
    await world.says(friend, '198.51.100.1', 'fake', 1);
    await world.judge(1, 'fake');
    await world.restart();
    expect(world.votes.opinion(fileOf(1))).toMatchObject({ own: 'fake', known: 0, unknown: 1 });
    await world.says(friend, '198.51.100.1', 'good', 2);
    const young = world.score(2);
    await world.clock.advance(40 * DAY);
    await world.restart();
    await world.says(friend, '198.51.100.1', 'good', 2);
    expect(world.score(2)).toBeGreaterThan(1.3 * young);
  });

  test('is the latest that they say, in whatever order it comes', async () => {
    const voter = new Voter();
    await world.says(voter, '198.51.100.1', 'good', 1, 7);
    await world.clock.advance(3_600_000);
    await world.says(voter, '198.51.100.1', 'fake', 1, 5);
    expect(world.votes.opinion(fileOf(1)).counts).toMatchObject({ good: 1, fake: 0 });
    await world.clock.advance(3_600_000);
    await world.says(voter, '198.51.100.1', 'fake', 1, 8);
    expect(world.votes.opinion(fileOf(1)).counts).toMatchObject({ good: 0, fake: 1 });
    await world.clock.advance(3_600_000);
    await world.says(voter, '198.51.100.1', 'none', 1, 9);
    expect(world.votes.opinion(fileOf(1))).toMatchObject({ score: 0, unknown: 0 });
  });

  test('of themselves afterwards does not undo a lie', async () => {
    const liar = new Voter();
    for (const number of [1, 2, 3, 4]) {
      await world.says(liar, '198.51.100.1', 'fake', number);
      await world.judge(number, 'fake');
    }
    await world.says(liar, '198.51.100.1', 'good', 5);
    await world.judge(5, 'fake');
    await world.says(liar, '198.51.100.1', 'good', 9);
    const caught = world.score(9);
    await world.clock.advance(3_600_000);
    await world.says(liar, '198.51.100.1', 'fake', 5, 2);
    expect(world.asked.at(-1)?.request.path).toContain(hashOf(5));
    expect(world.score(9)).toBeCloseTo(caught, 2);
    expect(caught).toBeLessThan(0.15);
  });

  test('counts a quarter for agreement when it may only repeat what this user told everybody', async () => {
    world.publish(true);
    const [prophet, parrot] = [new Voter(), new Voter()];
    for (const number of [1, 2, 3]) await world.says(prophet, '198.51.100.1', 'fake', number);
    for (const number of [1, 2, 3]) await world.judge(number, 'fake');
    await world.clock.advance(3_600_000);
    for (const number of [1, 2, 3]) await world.says(parrot, '203.0.113.1', 'fake', number);
    await world.says(prophet, '198.51.100.1', 'good', 8);
    await world.says(parrot, '203.0.113.1', 'good', 9);
    expect(world.score(9)).toBeGreaterThan(0);
    expect(world.score(9)).toBeLessThan(0.65 * world.score(8));
  });

  test('ends with what the user takes back', async () => {
    const friend = new Voter();
    await world.says(friend, '198.51.100.1', 'fake', 1);
    await world.judge(1, 'fake');
    await world.says(friend, '198.51.100.1', 'good', 2);
    expect(world.votes.opinion(fileOf(2)).known).toBe(1);
    await world.judge(1, null);
    expect(world.votes.opinion(fileOf(2))).toMatchObject({ known: 0, unknown: 1 });
    expect(world.votes.opinion(fileOf(1))).toMatchObject({ own: null, unknown: 1 });
  });
});

describe('one operator with many keys', () => {
  test('who copies what is said and then lies weighs as one, and each lie costs all of them', async () => {
    const keys = Array.from({ length: 20 }, () => new Voter());
    const host = (at: number) => `198.51.100.${at + 1}`;
    // They were early: each says of one to four files what everybody says.
    for (const number of [1, 2, 3, 4, 5, 6]) {
      for (const [at, key] of keys.slice(0, 3).entries()) {
        await world.clock.advance(11 * 60_000);
        await world.says(key, host(at), 'fake', number);
      }
      await world.judge(number, 'fake');
    }
    await world.says(keys[0] as Voter, host(0), 'good', 20);
    const first = world.score(20);
    expect(first).toBeGreaterThan(0.2);
    await world.clock.advance(11 * 60_000);
    await world.says(keys[1] as Voter, host(1), 'good', 20);
    expect(world.score(20)).toBeCloseTo(first);
    await world.judge(20, 'fake');
    // Two lies, six agreements each: the third key never lied, and is of no use any more.
    await world.says(keys[2] as Voter, host(2), 'good', 21);
    expect(world.score(21)).toBe(0);
  });

  test('who has a thousand of them moves a score by a tenth at most', async () => {
    const keys = Array.from({ length: 64 }, () => new Voter());
    const supernode = new Voter();
    world.answers(
      supernode.node,
      keys.map((key) => key.listed(hashOf(1), 'good')),
    );
    world.votes.heard(fileOf(1), world.teller(supernode, '203.0.113.9'));
    await world.settle();
    expect(world.votes.opinion(fileOf(1))).toMatchObject({ known: 0, unknown: 1 });
    expect(world.score(1)).toBeGreaterThan(0);
    expect(world.score(1)).toBeLessThan(0.05);
  });

  test('does not take the room of others, on files that the user judged either', async () => {
    await world.judge(1, 'fake');
    const tell = async (count: number, host: string) => {
      const supernode = new Voter();
      const keys = Array.from({ length: count }, () => new Voter());
      world.answers(
        supernode.node,
        keys.map((key) => key.listed(hashOf(1), 'good')),
      );
      world.votes.heard(fileOf(1), world.teller(supernode, host));
      await world.settle();
      await world.clock.advance(11 * 60_000);
    };
    for (let times = 0; times < 6; times++) await tell(60, `203.0.113.${times + 1}`);
    const honest = new Voter();
    await world.says(honest, '198.51.100.1', 'fake', 1);
    await world.says(honest, '198.51.100.1', 'fake', 2);
    expect(world.votes.opinion(fileOf(2))).toMatchObject({ known: 1, counts: { fake: 1 } });
  });

  test('of whom one is at an honest address does not make the voters there strangers', async () => {
    const friend = new Voter();
    for (const number of [1, 2]) {
      await world.says(friend, '198.51.100.1', 'good', number);
      await world.judge(number, 'good');
    }
    // Told by a supernode now, the friend is known by the address where this peer met him.
    const supernode = new Voter();
    const others = Array.from({ length: 5 }, () => new Voter().listed(hashOf(3), 'fake'));
    world.answers(supernode.node, [friend.listed(hashOf(3), 'good'), ...others]);
    world.votes.heard(fileOf(3), world.teller(supernode, '203.0.113.9'));
    await world.settle();
    expect(world.votes.opinion(fileOf(3))).toMatchObject({ known: 1, unknown: 1 });
    expect(world.score(3)).toBeGreaterThan(0.15);
  });
});

describe('what this user says', () => {
  test('is told to others only while that is allowed, and what was said before is not', async () => {
    const remote = { nodeId: new Voter().node, address: { host: '198.51.100.9', port: 1 } };
    const told = () => {
      const answer = world.votes.handle(world.request(`/content/${hashOf(1)}/votes?size=1000`, remote));
      return JSON.parse(String(answer?.body)).votes;
    };
    expect(await world.judge(1, 'fake')).toEqual({ isPublic: false });
    world.publish(true);
    expect(told()).toEqual([]);
    expect(await world.judge(1, 'broken')).toEqual({ isPublic: true });
    expect(told()).toMatchObject([{ verdict: 'broken', key: world.me.key, size: 1000 }]);
    world.publish(false);
    expect(told()).toEqual([]);
    world.publish(true);
    await world.judge(1, null);
    expect(told()).toMatchObject([{ verdict: 'none' }]);
    expect(world.votes.opinion(fileOf(1)).own).toBeNull();
  });

  test('has a higher number each time, over restarts and on a clock that was set back', async () => {
    world.publish(true);
    const numbers: number[] = [];
    world.votes.toParent(({ votes }) => numbers.push(...votes.map(({ sequence }) => sequence)));
    await world.judge(1, 'fake');
    world.clock.wallShiftMs = -100 * DAY;
    await world.judge(2, 'fake');
    await world.judge(1, 'good');
    await world.restart();
    world.votes.toParent(({ votes }) => numbers.push(...votes.map(({ sequence }) => sequence)));
    await world.judge(1, null);
    expect(numbers.slice(0, 3)).toEqual([...numbers.slice(0, 3)].sort((a, b) => a - b));
    expect(Math.max(...numbers.slice(0, -1))).toBeLessThan(numbers.at(-1) ?? 0);
    expect(new Set(numbers.slice(0, 3)).size).toBe(3);
  });

  test('is heard by those who listen', async () => {
    const heard: unknown[] = [];
    const stop = world.votes.onVerdict((given) => heard.push(given));
    await world.judge(1, 'mislabelled');
    await world.judge(1, null);
    stop();
    await world.judge(2, 'good');
    expect(heard).toEqual([
      { ...fileOf(1), name: 'file 1', verdict: 'mislabelled' },
      { ...fileOf(1), name: 'file 1', verdict: null },
    ]);
  });
});
