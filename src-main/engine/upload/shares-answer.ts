import type { Descriptor } from '../../contract/descriptor.ts';
import { AppError } from '../../contract/errors.ts';
import { parseContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { toUtf8 } from '../../contract/utf8.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { errorAnswer } from '../wire/http-answer.ts';
import { SHARES_PAGE_BYTES, SHARES_PAGE_ENTRIES } from '../wire/limits.ts';
import { encodeSharesPage } from '../wire/shares-page.ts';
import { badRequest } from './responses.ts';
import type { ServedFiles } from './served-files.ts';

type Deps = {
  readonly files: Pick<ServedFiles, 'descriptors'>;
  readonly settings: () => Pick<Settings, 'library.browse'>;
};

/** Answers `GET /shares?after=HASH&limit=N` with descriptors in order of hash, and where the next page begins. */
export async function answerShares(deps: Deps, { remote, query }: IncomingRequest): Promise<OutgoingResponse> {
  if (remote.nodeId === undefined) return errorAnswer(403, new AppError('peer.certificate-needed'));
  if (!deps.settings()['library.browse']) return errorAnswer(403, new AppError('peer.browse-off'));
  const after = query.get('after');
  const afterHash = after === null ? undefined : parseContentHash(after);
  if (after !== null && afterHash === undefined) return badRequest('after', 'it is a ContentHash');
  const limit = query.get('limit') ?? String(SHARES_PAGE_ENTRIES);
  if (!/^[1-9]\d{0,8}$/.test(limit)) return badRequest('limit', 'it is a number from 1');
  // One more than wanted tells whether a page follows.
  const wanted = Math.min(Number(limit), SHARES_PAGE_ENTRIES);
  const files = await deps.files.descriptors(afterHash, wanted + 1);
  return {
    status: 200,
    headers: { 'content-type': 'application/xml; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: encodePage(files, wanted),
  };
}

/** As many of the first `wanted` files as the limit of bytes allows: long names of long characters can exceed it. */
function encodePage(files: readonly Descriptor[], wanted: number): Uint8Array {
  for (let entries = wanted; ; entries = Math.floor(entries / 2)) {
    const page = files.slice(0, entries);
    const next = files.length > page.length ? (page.at(-1)?.hash ?? null) : null;
    const body = toUtf8(encodeSharesPage({ files: page, next }));
    if (body.length <= SHARES_PAGE_BYTES || entries <= 1) return body;
  }
}
