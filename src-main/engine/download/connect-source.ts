import { AppError } from '../../contract/errors.ts';
import type { ContentConnection } from '../ports/content-client.ts';
import type { SourceDialler } from './download-deps.ts';
import { isPeer, type Source } from './source.ts';
import type { PlainRefusal } from './source-answer.ts';
import type { WebSeedConnection, WebSeeds } from './web-seeds.ts';

type Deps = {
  readonly dialler: SourceDialler;
  readonly webSeeds: WebSeeds;
  /** Of the file. */
  readonly size: number;
};

/** Connects to a peer or a web server; a web server may refuse now. Fails with peer.*, web.* or content.*. */
export async function connectSource(
  source: Source,
  { dialler, webSeeds, size }: Deps,
  signal: AbortSignal,
): Promise<ContentConnection | WebSeedConnection | PlainRefusal> {
  const { url, isLocalAllowed } = source;
  if (isPeer(source)) return dialler.connect(source, signal);
  if (url === undefined) throw new AppError('internal', { why: 'a source without a name' });
  const opened = await webSeeds.connect({ url, isLocalAllowed }, signal);
  if ('kind' in opened) return opened;
  if (opened.size !== size) {
    opened.close();
    throw new AppError('content.changed');
  }
  source.sendsWhole = !opened.hasRanges;
  return opened;
}
