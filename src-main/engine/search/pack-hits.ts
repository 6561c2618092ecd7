import type { Hit } from '../../contract/search.ts';
import { utf8Length } from '../../contract/utf8.ts';
import { HITS_PER_MESSAGE, MESSAGE_LENGTHS } from '../wire/limits.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { ListedVote } from '../wire/votes.ts';

/** Sources of one hit in an answer, tried in turn until all hits fit: many contents come before many sources of one. */
const MOST_SOURCES = 50;
export const SOURCE_CAPS: readonly number[] = [MOST_SOURCES, 10, 3, 1];
/** Room for named supernodes and the other fields: 8 entries of at most 450 bytes. */
const HEAD_BYTES = 4 * 1024;
export const HITS_BYTES = MESSAGE_LENGTHS.hits - HEAD_BYTES;

type Head = Omit<Hits, 'hits' | 'more'>;
type Answer = {
  readonly hits: readonly Hit[];
  readonly more: boolean;
  readonly votes?: readonly ListedVote[];
  readonly host?: string;
};

/** As many messages as needed, each of at most 200 hits and 64 KiB; votes in one of their own; none for nothing. */
export function packHits(head: Head, { hits, more, votes, host }: Answer): readonly Hits[] {
  const messages: Hits[] = [];
  for (let at = 0; at < hits.length; ) {
    const next = hits.slice(at, at + HITS_PER_MESSAGE);
    const taken = isFitting(next) ? next : takeFitting(next);
    // A hit of 50 sources at their longest names does not fit alone: its first sources do.
    const part = taken.length > 0 ? taken : capSources(hits.slice(at, at + 1));
    messages.push({ ...head, hits: [...part], more });
    at += part.length;
  }
  if (votes) messages.push({ ...head, hits: [], more, votes: [...votes], ...(host !== undefined && { host }) });
  return messages;
}

function capSources(hits: readonly Hit[]): readonly Hit[] {
  for (const cap of SOURCE_CAPS) {
    const capped = hits.map((hit) =>
      hit.sources.length <= cap ? hit : { ...hit, sources: hit.sources.slice(0, cap) },
    );
    if (cap === SOURCE_CAPS.at(-1) || sumBytes(capped) <= HITS_BYTES) return capped;
  }
  return hits;
}

function takeFitting(hits: readonly Hit[]): Hit[] {
  let bytes = 0;
  const taken: Hit[] = [];
  for (const hit of hits) {
    bytes += bytesOf(hit);
    if (bytes > HITS_BYTES) break;
    taken.push(hit);
  }
  return taken;
}

/** As most answers are: to write a list as one text takes a fraction of the time that its hits take one by one. */
const isFitting = (hits: readonly Hit[]) =>
  hits.every(({ sources }) => sources.length <= MOST_SOURCES) && jsonBytes(hits) <= HITS_BYTES;
const sumBytes = (hits: readonly Hit[]) => hits.reduce((sum, hit) => sum + bytesOf(hit), 0);
/** UTF-8 bytes of its JSON and a comma. */
const bytesOf = (hit: Hit) => jsonBytes(hit) + 1;
const jsonBytes = (value: unknown) => utf8Length(JSON.stringify(value));
