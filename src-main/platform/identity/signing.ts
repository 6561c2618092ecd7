import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { NodeId } from '../../contract/ids.ts';
import type { Identity, VerifySignature } from '../../engine/ports/index.ts';

/** r and s, not their DER: one length, and one way to write a signature down. */
const dsaEncoding = 'ieee-p1363';

/** What the engine sees of the key, PKCS#8 PEM. */
export function toIdentity({ nodeId, key }: { readonly nodeId: NodeId; readonly key: string }): Identity {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { nodeId, publicKey, sign: (message) => sign('sha256', message, { key: privateKey, dsaEncoding }) };
}

/** ECDSA on P-256 in the thread pool of Node; what is read of the key here takes 0.07 ms. */
export const verifySignature: VerifySignature = ({ publicKey, message, signature }) =>
  new Promise((resolve) => {
    const key = readKey(publicKey);
    if (!key) {
      resolve(false);
      return;
    }
    verify('sha256', message, { key, dsaEncoding }, signature, (error, isValid) => resolve(!error && isValid));
  });

function readKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), type: 'spki', format: 'der' });
  } catch {
    // Not a point of the curve: nobody has signed anything with that.
    return undefined;
  }
}
