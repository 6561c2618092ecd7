import { z } from 'zod';
import { fromHex, toHex } from '../../contract/bytes.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import { contentHashSchema, sizeSchema } from '../../contract/schemas.ts';
import { toUtf8 } from '../../contract/utf8.ts';
import { VERDICTS } from '../../contract/votes.ts';
import type { Sha256 } from '../ports/index.ts';
import { VOTES_PER_MESSAGE } from './limits.ts';

/** What votes say; `none` takes an earlier one back. */
const VOTE_VERDICTS = ['none', ...VERDICTS] as const;
export type VoteVerdict = (typeof VOTE_VERDICTS)[number];
export const isVoteVerdict = (text: string): text is VoteVerdict => VOTE_VERDICTS.some((one) => one === text);

/** What is signed. The later of two votes of one voter on one file is the one with the higher sequence. */
export type VoteTerms = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly verdict: VoteVerdict;
  readonly sequence: number;
};

const PREFIX = toUtf8('shoal-vote-1');
const HASH_BYTES = 32;
const NUMBER_BYTES = 8;
export const SIGNED_VOTE_BYTES = PREFIX.length + HASH_BYTES + NUMBER_BYTES + 1 + NUMBER_BYTES;

/** A key as all identities have it: P-256, uncompressed (RFC 5480); 91 bytes of DER. */
const KEY_SHAPE = /^3059301306072a8648ce3d020106082a8648ce3d03010703420004[0-9a-f]{128}$/;
/** r and s of ECDSA on P-256. */
const SIGNATURE_SHAPE = /^[0-9a-f]{128}$/;

export const voterKeySchema = z.string().regex(KEY_SHAPE, 'not a P-256 key');
export const signedVoteSchema = z.object({
  hash: contentHashSchema,
  size: sizeSchema,
  verdict: z.enum(VOTE_VERDICTS),
  sequence: z
    .int()
    .min(1)
    .max(2 ** 53 - 1),
  /** 128 hex digits; that a signature has a second form (r, −s) is of no use to anybody: a vote is named by voter and file. */
  signature: z.string().regex(SIGNATURE_SHAPE, 'not a signature'),
});
export type SignedVote = Readonly<z.infer<typeof signedVoteSchema>>;

/** Votes on one file, of anybody: of each voter one. */
export const listedVotesSchema = z.array(signedVoteSchema.extend({ key: voterKeySchema })).max(VOTES_PER_MESSAGE);
export type ListedVote = Readonly<z.infer<typeof listedVotesSchema>[number]>;
/** The answer to `GET /content/<hash>/votes`. */
export const voteListSchema = z.object({ votes: listedVotesSchema });

/** `shoal-vote-1` ‖ hash ‖ size ‖ verdict ‖ sequence: 61 bytes, numbers with the highest byte first. */
export function toSignedBytes({ hash, size, verdict, sequence }: VoteTerms): Uint8Array {
  const bytes = new Uint8Array(SIGNED_VOTE_BYTES);
  const view = new DataView(bytes.buffer);
  let at = PREFIX.length;
  bytes.set(PREFIX);
  bytes.set(fromHex(hash), at);
  at += HASH_BYTES;
  view.setBigUint64(at, BigInt(size));
  at += NUMBER_BYTES;
  view.setUint8(at, VOTE_VERDICTS.indexOf(verdict));
  view.setBigUint64(at + 1, BigInt(sequence));
  return bytes;
}

/** The NodeId of a key that `voterKeySchema` let through. */
export const nodeIdOfVoter = (key: string, sha256: Sha256): NodeId => toHex(sha256(fromHex(key))) as NodeId;
