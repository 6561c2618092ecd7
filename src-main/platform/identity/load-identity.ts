import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { FileSystem } from '../../engine/ports/index.ts';
import { makeCertificate } from './make-certificate.ts';
import { type KeyAndCertificate, makeKey } from './make-key.ts';
import { nodeIdOfCertificate, nodeIdOfKey } from './node-id.ts';

/** NodeId and the key material that TLS needs: it stays in platform. */
export type TlsIdentity = { readonly nodeId: NodeId } & KeyAndCertificate;

const KEY_FILE = 'identity-key.pem';
const CERTIFICATE_FILE = 'identity-certificate.pem';
/** A P-256 key or certificate in PEM takes less than 1 KiB. */
const MAX_PEM_BYTES = 16 * 1024;
const ADVICE = 'put a copy of it back, or move it away to start as another peer';

/**
 * The identity kept in `folder`, made there at the first start. The certificate is made again when it is missing or of another key; an
 * unreadable key fails with data.unusable, since a new one would be another peer. `onKeyLost` is told when only the key was missing.
 */
export async function loadIdentity(
  files: FileSystem,
  folder: string,
  onKeyLost: (path: string) => void = () => undefined,
): Promise<TlsIdentity> {
  const keyPath = files.paths.join(folder, KEY_FILE);
  const certificatePath = files.paths.join(folder, CERTIFICATE_FILE);
  const found = await readText(files, keyPath);
  const stored = await readText(files, certificatePath);
  if (found === undefined && stored !== undefined) onKeyLost(keyPath);
  const key = found ?? (await writeText(files, keyPath, makeKey()));
  const nodeId = nodeIdOfPem(key, keyPath);
  if (stored !== undefined && isCertificateOf(stored, nodeId)) return { nodeId, key, certificate: stored };
  const certificate = await writeText(files, certificatePath, makeCertificate(key));
  return { nodeId, key, certificate };
}

function nodeIdOfPem(pem: string, path: string): NodeId {
  try {
    const nodeId = nodeIdOfKey(createPublicKey(createPrivateKey(pem)));
    if (nodeId) return nodeId;
  } catch (cause) {
    throw new AppError('data.unusable', { path, why: `it does not hold a private key; ${ADVICE}` }, { cause });
  }
  throw new AppError('data.unusable', { path, why: `its key is not a P-256 key; ${ADVICE}` });
}

function isCertificateOf(pem: string, nodeId: NodeId): boolean {
  try {
    return nodeIdOfCertificate(new X509Certificate(pem)) === nodeId;
  } catch {
    // A damaged certificate is made again from the key.
    return false;
  }
}

async function readText(files: FileSystem, path: string): Promise<string | undefined> {
  const bytes = await files.readSmall(path, MAX_PEM_BYTES);
  return bytes && new TextDecoder().decode(bytes);
}

async function writeText(files: FileSystem, path: string, text: string): Promise<string> {
  await files.writeSmall(path, new TextEncoder().encode(text));
  return text;
}
