import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { jsonAnswer } from '../wire/http-answer.ts';
import type { ContentSource } from './content-source.ts';
import type { Swarms } from './swarms.ts';

export type FindSources = (hash: ContentHash) => Promise<readonly ContentSource[]>;

export type SourcesDeps = {
  readonly sources: FindSources;
  readonly swarms: Pick<Swarms, 'sources'>;
  /** Whether a source is not to be named, for what is asked or for who it is. */
  readonly isUnnamed?: ((hash: ContentHash, source: ContentSource) => boolean) | undefined;
};

/** Sources named in one answer (protocol section 5). */
const MAX_SOURCES = 20;

/** Answers `/content/<hash>/sources`: other peers, never the one who asks; those that this peer had bytes from, then members of its swarm. */
export async function answerSources(
  { sources, swarms, isUnnamed }: SourcesDeps,
  { request, hash }: { readonly request: IncomingRequest; readonly hash: ContentHash },
): Promise<OutgoingResponse> {
  const named = new Map<NodeId, ContentSource>();
  for (const source of [...(await sources(hash)), ...swarms.sources(hash)]) {
    if (source.node === request.remote.nodeId || named.has(source.node) || isUnnamed?.(hash, source)) continue;
    named.set(source.node, source);
  }
  return jsonAnswer({ sources: [...named.values()].slice(0, MAX_SOURCES) });
}
