import { expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { KnownVotes } from '../../../src-main/engine/votes/known-votes.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { hashOf } from '../../support/voters.ts';

const nodeOf = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;
const file = (number: number) => ({ hash: hashOf(number), size: 1000 });
const VOTERS = 128;
const FILES = 200;

test('votes on files that the user never judged are kept up to a number in all, those on the latest files', () => {
  const known = new KnownVotes({
    clock: new VirtualClock(),
    logger: new MemoryLogger(),
    store: { known: () => Promise.reject(), save: () => Promise.reject(), removeVotes: () => Promise.reject() },
    own: () => undefined,
    changed: () => undefined,
  });
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
