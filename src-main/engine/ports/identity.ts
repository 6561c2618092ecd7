import type { NodeId } from '../../contract/ids.ts';

/** Who this peer is. The private key itself never leaves the platform. */
export interface Identity {
  readonly nodeId: NodeId;
  /** SubjectPublicKeyInfo, DER, 91 bytes: the NodeId is its SHA-256. */
  readonly publicKey: Uint8Array;
  /** ECDSA on P-256 with SHA-256: r and s, 32 bytes each (IEEE P1363). */
  sign(message: Uint8Array): Uint8Array;
}

/** Changes who this peer is, from its next start on. */
export interface IdentityKeeper {
  /** Gives the NodeId that it will have. A crash at any moment leaves the old key or the new one. Fails with disk.*. */
  rotate(): Promise<NodeId>;
  /** It stays who it is after all. Idempotent. */
  keep(): Promise<void>;
  /** Who it will be at its next start; undefined: who it is. */
  next(): NodeId | undefined;
}

export type SignedMessage = {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
};
/** Whether `Identity.sign` of that key made the signature; false for what is no key. Never rejects, and does not hold the event loop. */
export type VerifySignature = (signed: SignedMessage) => Promise<boolean>;
