import { webcrypto } from 'node:crypto';

/** PEM text of a key and of the certificate that shows it. */
export type KeyAndCertificate = { readonly key: string; readonly certificate: string };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Nobody reads names and dates of certificates (protocol section 4): the same for all, so that they tell nothing, and far apart, so that a wrong clock does not matter to other programs. */
const SUBJECT = 'CN=shoal';
const NOT_BEFORE = new Date('2000-01-01T00:00:00Z');
const NOT_AFTER = new Date('2099-12-31T00:00:00Z');

/** A new P-256 key as PKCS#8 PEM. */
export async function makeKey(): Promise<string> {
  const pair = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return toPem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
}

/** A self-signed certificate for a key, PEM. Loads the X.509 library, which takes a while and is needed at the first start only. */
export async function makeCertificate({
  key,
  spki,
}: {
  readonly key: string;
  readonly spki: Uint8Array<ArrayBuffer>;
}): Promise<string> {
  await import('reflect-metadata');
  const { KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await import('@peculiar/x509');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: SUBJECT,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: ALGORITHM,
    // An empty list of extensions, which the library writes otherwise, is not valid DER of a certificate (RFC 5280, 4.1).
    extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)],
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', fromPem(key), ALGORITHM, false, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
    },
  });
  return certificate.toString('pem');
}

function toPem(label: string, der: ArrayBuffer): string {
  // 64 columns (RFC 7468).
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const fromPem = (pem: string): Buffer<ArrayBuffer> => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
