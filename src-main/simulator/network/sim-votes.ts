import type { NodeId } from '../../contract/ids.ts';
import type { NetworkPeerPorts } from '../../engine/engine.ts';
import type { Identity, VerifySignature } from '../../engine/ports/index.ts';
import { nodeSha256 } from '../../platform/node-sha256.ts';
import { MemoryVoteStore } from './memory-vote-store.ts';

/** What every SubjectPublicKeyInfo of P-256 begins with; two numbers of 32 bytes follow. */
const KEY_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const SIGNATURE_BYTES = 64;

/**
 * What a simulated peer votes with. Its keys only look like keys: whoever knows one could sign for its peer. Nobody here does, and real ones
 * would be checked outside of the virtual clock.
 */
export function simVotes(seed: Uint8Array): NonNullable<NetworkPeerPorts['votes']> {
  const publicKey = Buffer.concat([KEY_HEAD, seed, nodeSha256(seed)]);
  const nodeId = Buffer.from(nodeSha256(publicKey)).toString('hex') as NodeId;
  const identity: Identity = { nodeId, publicKey, sign: (message) => signatureOf(publicKey, message) };
  return { identity, verify, store: new MemoryVoteStore() };
}

const verify: VerifySignature = async ({ publicKey, message, signature }) =>
  Buffer.compare(signatureOf(publicKey, message), signature) === 0;

function signatureOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const half = nodeSha256(Buffer.concat([publicKey, message]));
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(half);
  signature.set(half, half.length);
  return signature;
}
