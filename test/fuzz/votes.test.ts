import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../src-main/contract/bytes.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { VERDICTS } from '../../src-main/contract/votes.ts';
import { MESSAGE_LENGTHS, VOTES_BYTES, VOTES_PER_MESSAGE } from '../../src-main/engine/wire/limits.ts';
import { decodeMessage, encodeMessage } from '../../src-main/engine/wire/session-message.ts';
import {
  nodeIdOfVoter,
  SIGNED_VOTE_BYTES,
  signedVoteSchema,
  toSignedBytes,
  type VoteTerms,
  voteListSchema,
} from '../../src-main/engine/wire/votes.ts';
import { verifySignature } from '../../src-main/platform/identity/signing.ts';
import { nodeSha256 } from '../../src-main/platform/node-sha256.ts';
import { Voter } from '../support/voters.ts';

const voter = new Voter();
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => toHex(bytes) as ContentHash);
/** Numbers at the borders of bytes too. */
const number = fc.oneof(
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  fc.integer({ min: 0, max: 52 }).map((bit) => 2 ** bit),
);
const terms: fc.Arbitrary<VoteTerms> = fc.record({
  hash,
  size: number,
  verdict: fc.constantFrom('none', ...VERDICTS),
  sequence: number,
});

test('two different votes are never the same bytes', () => {
  fc.assert(
    fc.property(terms, terms, fc.boolean(), (one, other, isNear) => {
      // Near ones differ in a single field.
      const second = isNear ? { ...one, sequence: other.sequence } : other;
      const same = JSON.stringify(one) === JSON.stringify(second);
      expect(toHex(toSignedBytes(one)) === toHex(toSignedBytes(second))).toBe(same);
      expect(toSignedBytes(one)).toHaveLength(SIGNED_VOTE_BYTES);
    }),
  );
});

test('what is signed says what it is and can be read back', () => {
  fc.assert(
    fc.property(terms, (vote) => {
      const bytes = toSignedBytes(vote);
      const view = new DataView(bytes.buffer);
      expect(new TextDecoder().decode(bytes.subarray(0, 12))).toBe('shoal-vote-1');
      expect(toHex(bytes.subarray(12, 44))).toBe(vote.hash);
      expect(view.getBigUint64(44)).toBe(BigInt(vote.size));
      expect(['none', ...VERDICTS][view.getUint8(52)]).toBe(vote.verdict);
      expect(view.getBigUint64(53)).toBe(BigInt(vote.sequence));
    }),
  );
});

test('a signature is good for its own vote and key only', async () => {
  const other = new Voter();
  const check = ({ publicKey }: { readonly publicKey: Uint8Array }, vote: VoteTerms, signature: string) =>
    verifySignature({ publicKey, message: toSignedBytes(vote), signature: fromHex(signature) });
  await fc.assert(
    fc.asyncProperty(terms, terms, async (vote, changed) => {
      const { signature } = voter.vote(vote.hash, vote.verdict, vote);
      expect(await check(voter.identity, vote, signature)).toBe(true);
      expect(await check(other.identity, vote, signature)).toBe(false);
      if (JSON.stringify(vote) !== JSON.stringify(changed))
        expect(await check(voter.identity, changed, signature)).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('nothing that is no signature is one, and nothing throws', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), async (key, signature) => {
      const message = toSignedBytes(voter.vote('a'.repeat(64) as ContentHash, 'good'));
      expect(await verifySignature({ publicKey: key, message, signature })).toBe(false);
      expect(await verifySignature({ publicKey: voter.identity.publicKey, message, signature })).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('a vote that was changed anywhere is refused, or is another vote', () => {
  const listed = voter.listed('b'.repeat(64) as ContentHash, 'fake', { size: 77, sequence: 9 });
  const [good] = voteListSchema.parse({ votes: [listed] }).votes;
  expect(good).toEqual(listed);
  const field = fc.constantFrom('key', 'hash', 'size', 'verdict', 'sequence', 'signature');
  fc.assert(
    fc.property(field, fc.oneof(fc.jsonValue(), fc.string(), fc.constant(undefined)), (name, value) => {
      const parsed = voteListSchema.safeParse({ votes: [{ ...listed, [name]: value }] });
      if (parsed.success) expect(parsed.data.votes[0]).toEqual({ ...listed, [name]: value });
    }),
  );
});

test.each([
  ['upper case', { signature: 'A'.repeat(128) }],
  ['a short signature', { signature: 'a'.repeat(126) }],
  ['a size of 0', { size: 0 }],
  ['a size that is no whole number', { size: 1.5 }],
  ['a sequence of 0', { sequence: 0 }],
  ['a sequence that no double holds', { sequence: 2 ** 53 }],
  ['a verdict that there is not', { verdict: 'best' }],
  ['a number of a verdict', { verdict: 1 }],
])('%s is no vote', (_, changed) => {
  const vote = voter.vote('c'.repeat(64) as ContentHash, 'good');
  expect(signedVoteSchema.safeParse(vote).success).toBe(true);
  expect(signedVoteSchema.safeParse({ ...vote, ...changed }).success).toBe(false);
});

test.each([
  ['of another curve', '3076301006072a8648ce3d020106052b8104002203620004'],
  ['compressed', '3039301306072a8648ce3d020106082a8648ce3d030107032200'],
  ['with a byte too many', `00${new Voter().key}`],
])('a key %s is no key', (_, start) => {
  const key = start.length > 182 ? start : start.padEnd(182, '0');
  const vote = voter.listed('d'.repeat(64) as ContentHash, 'good');
  expect(voteListSchema.safeParse({ votes: [{ ...vote, key }] }).success).toBe(false);
});

test('the NodeId of a key is that of its certificate', () => {
  expect(nodeIdOfVoter(voter.key, nodeSha256)).toBe(voter.node);
});

test('as many votes as may be told fit into a message and an answer', () => {
  const long = voter.listed('f'.repeat(64) as ContentHash, 'mislabelled', {
    size: Number.MAX_SAFE_INTEGER,
    sequence: Number.MAX_SAFE_INTEGER,
  });
  const listed = Array.from({ length: VOTES_PER_MESSAGE }, () => long);
  expect(JSON.stringify({ votes: listed }).length).toBeLessThanOrEqual(VOTES_BYTES);
  const votes = listed.map(({ key: _, ...vote }) => vote);
  const text = encodeMessage({ type: 'votes', key: voter.key, reset: true, votes });
  expect(text.length).toBeLessThanOrEqual(MESSAGE_LENGTHS.votes);
  expect(decodeMessage(text)).toMatchObject({ ok: true });
  expect(voteListSchema.safeParse({ votes: [...listed, long] }).success).toBe(false);
});
