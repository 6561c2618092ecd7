import { AppError } from '../contract/errors.ts';
import type { ContentHash } from '../contract/ids.ts';
import type { ControlClient } from './control-client.ts';

/** What a peer knows of a content by its hash; the name is empty where it is not known. */
export type KnownFile = { readonly size: number; readonly name: string };

/** Of a download, of one that has ended, or of what a search by hash finds first. Fails with input.invalid where nobody knows it, with control.closed where the peer goes. */
export async function knownFile(peer: ControlClient, hash: ContentHash): Promise<KnownFile> {
  const downloads = await peer.query('downloads', {});
  const { entries } = await peer.query('history', { limit: 500 });
  for (const { hash: other, size, name } of [...downloads, ...entries]) {
    if (other === hash && size !== null) return { size, name };
  }
  const found = await search(peer, hash);
  if (found) return found;
  // If the peer has gone, that is why, and any call says so.
  await peer.query('status', {});
  throw new AppError('input.invalid', { what: hash, why: 'nobody knows its size: give it with --size' });
}

async function search(peer: ControlClient, hash: ContentHash): Promise<KnownFile | undefined> {
  const found = Promise.withResolvers<KnownFile | undefined>();
  // The answer to the command may come after the first hit.
  peer.on('search.hit', ({ result }) => {
    if (result.hash === hash) found.resolve(result);
  });
  const ended: string[] = [];
  let own: string | undefined;
  peer.on('search.end', ({ id }) => {
    ended.push(id);
    if (id === own) found.resolve(undefined);
  });
  void peer.closed.then(() => found.resolve(undefined));
  const { id } = await peer.command('search.start', { hash, limit: 1 });
  own = id;
  if (ended.includes(id)) found.resolve(undefined);
  return found.promise;
}
