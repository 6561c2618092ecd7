import type { ContentHash } from '../../contract/ids.ts';
import { formatMagnet } from '../../contract/magnet.ts';
import type { Source } from './source.ts';

/**
 * The URL that a finished file is said to come from: the web server that sent some of it, without the query, which is where servers have
 * keys put; else the magnet link of its bytes, which names no peer.
 */
export function originOf(
  file: { readonly hash: ContentHash; readonly size: number },
  sources: readonly Source[],
): string {
  const server = sources.find(({ url, bytes }) => url !== undefined && bytes > 0)?.url;
  return server?.replace(/\?.*$/, '') ?? formatMagnet({ ...file, sources: [] });
}
