import { fromHex } from '../../contract/bytes.ts';
import type { VerifySignature } from '../ports/index.ts';
import { type ListedVote, toSignedBytes } from '../wire/votes.ts';

/** Whether a vote is of the key that it names. */
export function isTrueVote(vote: ListedVote, verify: VerifySignature): Promise<boolean> {
  const { key, signature } = vote;
  return verify({ publicKey: fromHex(key), message: toSignedBytes(vote), signature: fromHex(signature) });
}
