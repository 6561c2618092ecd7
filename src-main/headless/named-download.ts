import { AppError } from '../contract/errors.ts';
import { type DownloadId, isDownloadId } from '../contract/ids.ts';
import type { DownloadView, SourceView } from '../contract/transfer.ts';
import { shortSource } from '../contract/web-url.ts';
import type { ControlClient } from './control-client.ts';

/** Fails with download.unknown when it is none. */
export function readId(text: string): DownloadId {
  const id = text.toLowerCase();
  if (!isDownloadId(id)) throw new AppError('download.unknown', { id: text });
  return id;
}

/** Fails with download.unknown. */
export async function findDownload(peer: ControlClient, id: DownloadId): Promise<DownloadView> {
  const found = (await peer.query('downloads', {})).find((download) => download.id === id);
  if (!found) throw new AppError('download.unknown', { id });
  return found;
}

/** The source of a download whose NodeId or URL begins so, or whose host it is; fails with input.unknown when none does, input.invalid when several do. */
export async function findSource(peer: ControlClient, id: DownloadId, text: string): Promise<SourceView> {
  const { sources } = await findDownload(peer, id);
  const isNamed = ({ node }: SourceView) =>
    node.startsWith(text) || node.startsWith(text.toLowerCase()) || shortSource(node) === text;
  const found = sources.filter(isNamed);
  const [source] = found;
  if (source && found.length === 1) return source;
  if (!source) throw new AppError('input.unknown', { what: text, why: 'no source of this download begins so' });
  throw new AppError('input.invalid', { what: text, why: 'several sources begin so: give more of it' });
}
