import { constants } from 'node:crypto';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { KeyAndCertificate } from '../identity/make-key.ts';

/** What both sides of every link offer (protocol section 4): TLS 1.3 alone, HTTP/1.1 alone, no tickets, since a resumed session would carry the identity of the ticket. */
export function contextOptions({ key, certificate }: KeyAndCertificate): SecureContextOptions {
  return {
    key,
    cert: certificate,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

export const ALPN = ['http/1.1'];

/** The accepting side: it asks for a certificate and lets any pass, for the key is the identity and its NodeId is compared later. */
export function serverOptions(identity: KeyAndCertificate): TlsOptions {
  return { ...contextOptions(identity), ALPNProtocols: ALPN, requestCert: true, rejectUnauthorized: false };
}
