import { createPrivateKey, createPublicKey } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { FileSystem, IdentityKeeper } from '../../engine/ports/index.ts';
import { makeKey } from './make-key.ts';
import { nodeIdOfKey } from './node-id.ts';

const KEY_FILE = 'identity-key.pem';
/** The key of the next start: it takes the place of the other one in a single step, so that there is always one of the two. */
const NEXT_FILE = 'identity-next.pem';
/** A P-256 key in PEM takes less than 1 KiB. */
const MAX_PEM_BYTES = 16 * 1024;

export function identityKeeper(files: FileSystem, folder: string): IdentityKeeper {
  const path = files.paths.join(folder, NEXT_FILE);
  // None waits at first: the start took it.
  let next: NodeId | undefined;
  return {
    async rotate() {
      const key = makeKey();
      const nodeId = nodeIdOf(key);
      if (!nodeId) throw new AppError('internal', { why: 'a new key gives no NodeId' });
      await files.writeSmall(path, new TextEncoder().encode(key));
      next = nodeId;
      return nodeId;
    },
    async keep() {
      await files.remove(path);
      next = undefined;
    },
    next: () => next,
  };
}

/** Makes the key that waits for this start the key of the peer. The certificate of the old one is seen to be another's, and made again. */
export async function takeNextKey(files: FileSystem, folder: string): Promise<void> {
  const [next, key] = [NEXT_FILE, KEY_FILE].map((name) => files.paths.join(folder, name)) as [string, string];
  const waiting = await files.readSmall(next, MAX_PEM_BYTES);
  if (!waiting) return;
  // Whatever that is, it must not take the place of a key.
  if (!isKey(new TextDecoder().decode(waiting))) return files.remove(next);
  await files.rename(next, key);
  await files.syncFolder(folder);
}

const nodeIdOf = (key: string) => nodeIdOfKey(createPublicKey(createPrivateKey(key)));

function isKey(pem: string): boolean {
  try {
    return nodeIdOf(pem) !== undefined;
  } catch {
    // Not a key at all.
    return false;
  }
}
