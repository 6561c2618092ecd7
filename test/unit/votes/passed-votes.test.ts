import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src-main/contract/bytes.ts';
import type { VerifySignature } from '../../../src-main/engine/ports/index.ts';
import { VotesOfSearch } from '../../../src-main/engine/search/votes-of-search.ts';
import { PassedVotes } from '../../../src-main/engine/votes/passed-votes.ts';
import { PASSED_VOTES, VOTES_PER_MESSAGE } from '../../../src-main/engine/wire/limits.ts';
import { type ListedVote, toSignedBytes } from '../../../src-main/engine/wire/votes.ts';
import { simVotes } from '../../../src-main/simulator/network/sim-votes.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { hashOf, Voter } from '../../support/voters.ts';

const FILE = { hash: hashOf(1), size: 1000 };

/** Of one of many voters whose keys cost nothing. */
function voteOf(number: number, sequence = 1): ListedVote {
  const { identity } = simVotes(new Uint8Array(new Uint32Array(8).fill(number).buffer));
  const terms = { ...FILE, verdict: 'fake', sequence } as const;
  return { ...terms, key: toHex(identity.publicKey), signature: toHex(identity.sign(toSignedBytes(terms))) };
}
const votes = (from: number, count = VOTES_PER_MESSAGE) => Array.from({ length: count }, (_, at) => voteOf(from + at));

class Parent {
  readonly clock = new VirtualClock();
  readonly strikes: unknown[] = [];
  checks = 0;
  readonly #passed: PassedVotes;

  constructor() {
    const { verify } = simVotes(new Uint8Array(32));
    const counting: VerifySignature = (signed) => {
      this.checks++;
      return verify(signed);
    };
    const strike = ({ nodeId }: { nodeId?: string | undefined }, why: string) => this.strikes.push({ nodeId, why });
    this.#passed = new PassedVotes({ clock: this.clock, verify: counting, strike });
  }

  /** How many of some votes are passed on that a supernode told. */
  async passes(teller: Voter, told: readonly ListedVote[]): Promise<number> {
    const from = { nodeId: teller.node, address: { host: '203.0.113.1', port: 1214 } };
    return (await this.#passed.check(from, FILE, told)).length;
  }
}

describe('votes that a supernode tells', () => {
  test('cost no more to check than ten full answers a minute, and do not keep others from being heard', async () => {
    const parent = new Parent();
    const [flooder, honest] = [new Voter(), new Voter()];
    let passed = 0;
    for (let told = 0; told < 100; told++) passed += await parent.passes(flooder, votes(0));
    expect(passed).toBe(PASSED_VOTES.ofOneAMinute);
    expect(parent.checks).toBe(PASSED_VOTES.ofOneAMinute);
    expect(await parent.passes(honest, votes(100, 3))).toBe(3);
    await parent.clock.advance(70_000);
    expect(await parent.passes(flooder, votes(0))).toBe(VOTES_PER_MESSAGE);
    expect(parent.strikes).toEqual([]);
  });

  test('by the thousand, of supernodes by the hundred, are left out beyond what is checked in a second', async () => {
    const parent = new Parent();
    let passed = 0;
    for (let told = 0; told < 100; told++) passed += await parent.passes(new Voter(), votes(0));
    expect(passed).toBeLessThanOrEqual(PASSED_VOTES.aSecond);
    expect(passed).toBeGreaterThan(PASSED_VOTES.aSecond - VOTES_PER_MESSAGE);
    expect(parent.checks).toBe(passed);
  });

  test('of which one is forged are all left out, and it is struck', async () => {
    const parent = new Parent();
    const liar = new Voter();
    const [first, ...rest] = votes(0) as [ListedVote, ...ListedVote[]];
    expect(await parent.passes(liar, [...rest, { ...first, verdict: 'good' }])).toBe(0);
    expect(parent.strikes).toEqual([{ nodeId: liar.node, why: 'a forged vote' }]);
  });
});

describe('one search passes on', () => {
  const search = () => new VotesOfSearch({ hash: FILE.hash, voteSize: FILE.size });

  test('of each voter only what is newer than before', () => {
    const passed = search();
    expect(passed.fresh([voteOf(1, 5), voteOf(1, 5), voteOf(1, 4)])).toEqual([voteOf(1, 5)]);
    expect(passed.fresh([voteOf(1, 3), voteOf(1, 6), voteOf(2, 1)])).toEqual([voteOf(1, 6), voteOf(2, 1)]);
  });

  test('no votes on other files, and none when none are wanted', () => {
    expect(
      search().fresh([
        { ...voteOf(1), size: 999 },
        { ...voteOf(1), hash: hashOf(2) },
      ]),
    ).toEqual([]);
    expect(new VotesOfSearch({ hash: FILE.hash }).fresh([voteOf(1)])).toEqual([]);
  });

  test('no more than a child takes', () => {
    const passed = search();
    let count = 0;
    for (let from = 0; from < 2000; from += VOTES_PER_MESSAGE) count += passed.fresh(votes(from)).length;
    expect(count).toBe(PASSED_VOTES.inSearch);
  });
});
