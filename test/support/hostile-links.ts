import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import type { NodeId } from '../../src-main/contract/ids.ts';
import type { KeyAndCertificate } from '../../src-main/platform/identity/make-key.ts';
import { type Dial, makeDial } from '../../src-main/platform/links/dial.ts';
import { TlsLinks } from '../../src-main/platform/links/tls-links.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { makeTestIdentity } from './link-world.ts';

export type TestIdentity = KeyAndCertificate & { readonly nodeId: NodeId };

/** Short enough for a test to wait for. */
export const TIMES = {
  handshakeMs: 300,
  headMs: 300,
  requestMs: 600,
  keepAliveMs: 5000,
  keepRequestsMs: 5000,
  writeStallMs: 300,
};

/** Links with short deadlines for a suite, anew for each test, and the key of somebody else. */
export class HostileLinks {
  identity!: TestIdentity;
  stranger!: TestIdentity;
  dial!: Dial;
  links!: TlsLinks;

  constructor() {
    beforeAll(async () => {
      [this.identity, this.stranger] = [await makeTestIdentity(), await makeTestIdentity()];
      this.dial = makeDial(this.identity, () => undefined);
    });
    beforeEach(() => {
      const { identity, dial } = this;
      const logger = new MemoryLogger();
      this.links = new TlsLinks({ identity, dial, dialTimeoutMs: () => 2000, logger, times: TIMES });
    });
    afterEach(() => this.links.close());
  }
}

export async function p384Identity(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=x',
    // The same thing under the names of two libraries.
    keys: keys as CryptoKeyPair,
    signingAlgorithm: algorithm,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { key, cert: certificate.toString('pem') };
}
