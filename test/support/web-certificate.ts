import { spawnSync } from 'node:child_process';

/** A certificate for a host name that is its own authority, PEM, made by openssl. */
export function makeWebCertificate(host: string): { readonly key: string; readonly cert: string } {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const made = spawnSync('openssl', [...words, ...names, '-keyout', '-', '-out', '-'], { encoding: 'utf8' });
  const [key, cert] = [
    /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/,
    /-----BEGIN CERT[\s\S]*?-----END CERTIFICATE-----/,
  ].map((pattern) => pattern.exec(made.stdout)?.[0]);
  if (!key || !cert) throw new Error(`openssl made no certificate: ${made.stderr}`);
  return { key, cert };
}
