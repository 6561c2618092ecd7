import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { Clock } from '../../../src-main/engine/ports/index.ts';
import { type HeardVote, KnownVotes, type KnownVotesDeps } from '../../../src-main/engine/votes/known-votes.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { hashOf } from '../../support/voters.ts';

const nodeOf = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;
const file = (number: number) => ({ hash: hashOf(number), size: 1000 });
const VOTERS = 128;
const FILES = 200;

/** Kept nowhere. */
const knownOf = (own: KnownVotesDeps['own'], clock: Clock = new VirtualClock()) =>
  new KnownVotes({
    ...{ clock, own, logger: new MemoryLogger(), changed: () => undefined },
    store: { known: () => Promise.reject(), save: () => Promise.resolve(), removeVotes: () => Promise.resolve() },
  });

test('votes on files that the user never judged are kept up to a number in all, those on the latest files', () => {
  const known = knownOf(() => undefined);
  for (let number = 1; number <= FILES; number++) {
    for (let voter = 0; voter < VOTERS; voter++) {
      const heard = {
        node: nodeOf(voter),
        verdict: 'fake',
        sequence: 1,
        block: `block ${voter}`,
        isDirect: true,
      } as const;
      known.add({ ...file(number), ...heard });
    }
  }
  const counts = Array.from({ length: FILES }, (_, at) => known.votes(file(at + 1)).length);
  expect(counts.slice(-150).every((count) => count === VOTERS)).toBe(true);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(20_000);
  expect(counts[0]).toBe(0);
});

test('what many say of many files that the user judged is reckoned once, and then only for those who say more', () => {
  let asked = 0;
  const known = knownOf(() => {
    asked++;
    return { verdict: 'good', isPublic: false };
  });
  const [voters, files] = [100, 50];
  const say = (voter: number, number: number) =>
    known.add({
      ...{ ...file(number), node: nodeOf(voter), verdict: voter === 0 ? 'fake' : 'good' },
      ...{ sequence: 1, block: '198.51.100', isDirect: true },
    });
  for (let number = 1; number <= files; number++) for (let voter = 0; voter < voters; voter++) say(voter, number);
  const costOf = (work: () => void) => {
    const before = asked;
    work();
    return asked - before;
  };
  expect(costOf(() => expect(known.votes(file(1))[1]?.disagreed).toBe(files - 1))).toBeLessThan(2 * voters * files);
  say(1, files + 1);
  expect(costOf(() => known.votes(file(2)))).toBeLessThan(10 * voters);
});

test('what is reckoned as votes and verdicts come is the same as what is reckoned at the end', () => {
  const verdict = fc.constantFrom('good', 'fake', 'none' as const);
  const number = fc.nat(3);
  const step = fc.oneof(
    fc.record({ says: fc.nat(5), number, verdict, block: fc.nat(2), sequence: fc.nat(4), isDirect: fc.boolean() }),
    fc.record({ judges: fc.constantFrom('good', 'fake', undefined), number }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const own = new Map<string, 'good' | 'fake'>();
      const ownOf: KnownVotesDeps['own'] = ({ hash }) => {
        const said = own.get(hash);
        return said && { verdict: said, isPublic: false };
      };
      const clock = new VirtualClock();
      const [now, atEnd] = [knownOf(ownOf, clock), knownOf(ownOf, clock)];
      const all = (known: KnownVotes) => [0, 1, 2, 3].map((each) => known.votes(file(each)));
      for (const each of steps) {
        const { hash, size } = file(each.number);
        if ('judges' in each) {
          if (each.judges) own.set(hash, each.judges);
          else own.delete(hash);
          for (const known of [now, atEnd])
            if (each.judges) known.judged({ hash, size });
            else known.forgotten({ hash, size });
        } else {
          const { says, verdict, sequence, isDirect } = each;
          const vote: HeardVote = {
            hash,
            size,
            node: nodeOf(says),
            verdict,
            sequence,
            block: `b${each.block}`,
            isDirect,
          };
          for (const known of [now, atEnd]) known.add(vote);
        }
        all(now);
      }
      expect(all(now)).toEqual(all(atEnd));
    }),
  );
});
