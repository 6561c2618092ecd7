import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { jsonAnswer } from '../wire/http-answer.ts';
import type { ContentSource } from './content-source.ts';
import type { Swarms } from './swarms.ts';

export type FindSources = (hash: ContentHash) => Promise<readonly ContentSource[]>;

type Deps = { readonly sources: FindSources; readonly swarms: Pick<Swarms, 'sources'> };

/** Sources named in one answer (protocol section 5). */
const MAX_SOURCES = 20;

/** Answers `/content/<hash>/sources`: other peers, never the one who asks; those that this peer had bytes from, then members of its swarm. */
export async function answerSources(
  { sources, swarms }: Deps,
  { request, hash }: { readonly request: IncomingRequest; readonly hash: ContentHash },
): Promise<OutgoingResponse> {
  const named = new Map<NodeId, ContentSource>();
  for (const source of [...(await sources(hash)), ...swarms.sources(hash)]) {
    if (source.node !== request.remote.nodeId && !named.has(source.node)) named.set(source.node, source);
  }
  return jsonAnswer({ sources: [...named.values()].slice(0, MAX_SOURCES) });
}
