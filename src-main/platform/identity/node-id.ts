import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import { isNodeId, type NodeId } from '../../contract/ids.ts';

/** SubjectPublicKeyInfo of a P-256 key up to its point, which follows uncompressed: 0x04, x, y (RFC 5480). */
const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const P256_SPKI_BYTES = 91;

/** The NodeId of a public key, or undefined for any key that is not on P-256: such a key is no identity (protocol section 4). */
export function nodeIdOfKey(key: KeyObject): NodeId | undefined {
  const spki = key.export({ type: 'spki', format: 'der' });
  if (spki.length !== P256_SPKI_BYTES || !spki.subarray(0, P256_PREFIX.length).equals(P256_PREFIX)) return undefined;
  const id = createHash('sha256').update(spki).digest('hex');
  return isNodeId(id) ? id : undefined;
}

/** The NodeId of a peer's certificate, or undefined when it gives none. Whatever the peer sent, this does not throw. */
export function nodeIdOfCertificate(certificate: X509Certificate | undefined): NodeId | undefined {
  if (!certificate) return undefined;
  try {
    return nodeIdOfKey(certificate.publicKey);
  } catch {
    // A key of a kind that this TLS library cannot read is no identity either.
    return undefined;
  }
}
