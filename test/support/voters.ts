import { createPrivateKey, createPublicKey } from 'node:crypto';
import { toHex } from '../../src-main/contract/bytes.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type { Identity } from '../../src-main/engine/ports/index.ts';
import { type ListedVote, type SignedVote, toSignedBytes, type VoteVerdict } from '../../src-main/engine/wire/votes.ts';
import { makeKey } from '../../src-main/platform/identity/make-key.ts';
import { nodeIdOfKey } from '../../src-main/platform/identity/node-id.ts';
import { toIdentity } from '../../src-main/platform/identity/signing.ts';

export const hashOf = (number: number): ContentHash => number.toString(16).padStart(64, '0') as ContentHash;

/** Somebody with a key who says what files are. */
export class Voter {
  readonly identity: Identity;
  readonly key: string;

  constructor(pem = makeKey()) {
    const nodeId = nodeIdOfKey(createPublicKey(createPrivateKey(pem)));
    if (nodeId === undefined) throw new Error('a new key gives no NodeId');
    this.identity = toIdentity({ nodeId, key: pem });
    this.key = toHex(this.identity.publicKey);
  }

  get node(): NodeId {
    return this.identity.nodeId;
  }

  /** A vote on a file of that number of bytes, or of 1000. */
  vote(hash: ContentHash, verdict: VoteVerdict, { size = 1000, sequence = 1 } = {}): SignedVote {
    const terms = { hash, size, verdict, sequence };
    return { ...terms, signature: toHex(this.identity.sign(toSignedBytes(terms))) };
  }

  listed(...vote: Parameters<Voter['vote']>): ListedVote {
    return { ...this.vote(...vote), key: this.key };
  }
}
