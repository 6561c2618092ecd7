import 'reflect-metadata';
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { X509Certificate as ReadCertificate } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { loadIdentity } from '../../src-main/platform/identity/load-identity.ts';
import { makeCertificate } from '../../src-main/platform/identity/make-certificate.ts';
import { makeKey } from '../../src-main/platform/identity/make-key.ts';
import { nodeIdOfCertificate, nodeIdOfKey } from '../../src-main/platform/identity/node-id.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const files = new NodeFileSystem();

describe('identity', () => {
  it('is made at the first start, kept privately, and the same afterwards', async () => {
    const folder = await temporaryFolder();
    const first = await loadIdentity(files, folder);
    expect(await loadIdentity(files, folder)).toEqual(first);
    for (const { name } of (await files.list(folder)) ?? []) {
      const { mode } = await import('node:fs/promises').then(({ stat }) => stat(files.paths.join(folder, name)));
      if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o600);
    }
    expect((await loadIdentity(files, await temporaryFolder())).nodeId).not.toBe(first.nodeId);
  });

  it('is the SHA-256 of the 91 bytes of the public key, which its certificate shows', async () => {
    const { nodeId, key, certificate } = await loadIdentity(files, await temporaryFolder());
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    expect(spki.length).toBe(91);
    expect(nodeId).toBe(createHash('sha256').update(spki).digest('hex'));
    expect(nodeIdOfCertificate(new X509Certificate(certificate))).toBe(nodeId);
  });

  it('shows a certificate that another library reads, signed by its own key', async () => {
    // The lengths of DER vary with the signature.
    for (let i = 0; i < 50; i++) {
      const key = makeKey();
      const read = new ReadCertificate(makeCertificate(key));
      expect(await read.verify({ signatureOnly: true })).toBe(true);
      expect([read.issuer, read.subject]).toEqual(['CN=shoal', 'CN=shoal']);
      expect(read.notBefore).toEqual(new Date('2000-01-01T00:00:00Z'));
      expect(read.notAfter).toEqual(new Date('2099-12-31T00:00:00Z'));
      expect(read.extensions.map(({ type, critical }) => [type, critical])).toEqual([['2.5.29.15', true]]);
      const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
      expect(Buffer.from(read.publicKey.rawData)).toEqual(spki);
    }
  });

  it('numbers every certificate differently, with a positive number of 16 bytes', () => {
    const key = makeKey();
    const numbers = Array.from({ length: 20 }, () => new X509Certificate(makeCertificate(key)).serialNumber);
    expect(new Set(numbers).size).toBe(20);
    for (const number of numbers) expect(number).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it('keeps its key when the certificate is lost or damaged, and makes another certificate', async () => {
    const folder = await temporaryFolder();
    const { nodeId } = await loadIdentity(files, folder);
    const path = files.paths.join(folder, 'identity-certificate.pem');
    await files.remove(path);
    expect((await loadIdentity(files, folder)).nodeId).toBe(nodeId);
    await files.writeSmall(path, new TextEncoder().encode('damaged'));
    const repaired = await loadIdentity(files, folder);
    expect(nodeIdOfCertificate(new X509Certificate(repaired.certificate))).toBe(nodeId);
  });

  it('does not replace a key that it cannot read', async () => {
    const folder = await temporaryFolder();
    const path = files.paths.join(folder, 'identity-key.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    for (const text of ['damaged', String(privateKey.export({ type: 'pkcs8', format: 'pem' }))]) {
      await files.writeSmall(path, new TextEncoder().encode(text));
      await expect(loadIdentity(files, folder)).rejects.toMatchObject({ code: 'data.unusable' });
      expect(new TextDecoder().decode(await files.readSmall(path, 10_000))).toBe(text);
    }
  });

  it.each([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey],
  ])('gives a %s key no NodeId', (_, key) => {
    expect(nodeIdOfKey(key)).toBeUndefined();
  });
});
