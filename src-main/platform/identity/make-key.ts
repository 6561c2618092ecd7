import { generateKeyPairSync } from 'node:crypto';

/** PEM text of a key and of the certificate that shows it. */
export type KeyAndCertificate = { readonly key: string; readonly certificate: string };

/** A new P-256 key as PKCS#8 PEM. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
