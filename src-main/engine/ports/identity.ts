import type { NodeId } from '../../contract/ids.ts';

/** Who this peer is. The private key itself never leaves the platform. */
export interface Identity {
  readonly nodeId: NodeId;
  /** SubjectPublicKeyInfo, DER, 91 bytes: the NodeId is its SHA-256. */
  readonly publicKey: Uint8Array;
  /** ECDSA on P-256 with SHA-256: r and s, 32 bytes each (IEEE P1363). */
  sign(message: Uint8Array): Uint8Array;
}

export type SignedMessage = {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
};
/** Whether `Identity.sign` of that key made the signature; false for what is no key. Never rejects, and does not hold the event loop. */
export type VerifySignature = (signed: SignedMessage) => Promise<boolean>;
