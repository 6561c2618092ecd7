import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { jsonAnswer } from '../wire/http-answer.ts';

/** A peer that has a file, seen alive within the hour. `address` is `host:port`. */
export type ContentSource = { readonly node: NodeId; readonly address: string; readonly complete: boolean };
export type FindSources = (hash: ContentHash) => Promise<readonly ContentSource[]>;

/** Sources named in one answer (protocol section 5). */
const MAX_SOURCES = 20;

/** Answers `/content/<hash>/sources`: other peers, never the one who asks. */
export async function answerSources(
  findSources: FindSources,
  { request, hash }: { readonly request: IncomingRequest; readonly hash: ContentHash },
): Promise<OutgoingResponse> {
  const found = await findSources(hash);
  const sources = found.filter(({ node }) => node !== request.remote.nodeId).slice(0, MAX_SOURCES);
  return jsonAnswer({ sources });
}
