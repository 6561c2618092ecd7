import { utf8Length } from '../../contract/utf8.ts';
import { HITS_BYTES, SOURCE_CAPS } from '../search/pack-hits.ts';
import { HITS_PER_MESSAGE } from '../wire/limits.ts';
import type { Hits, HitsText } from '../wire/messages/hits.ts';
import { toHitText } from './indexed-text.ts';

/** A hit of which only the parts are known that have to be: `shown` as in IndexHit, each source as JSON. */
export type HitInParts = Pick<Hits['hits'][number], 'hash' | 'size'> & {
  readonly shown: string;
  readonly sources: readonly string[];
};
type Answer = { readonly hits: readonly HitInParts[]; readonly more: boolean };

/** One message of at most 200 hits and 64 KiB: sources are left out first, then the last hits (`more` says so). */
export function fitHits(head: Omit<Hits, 'hits' | 'more'>, { hits, more }: Answer): HitsText {
  const first = hits.slice(0, HITS_PER_MESSAGE);
  const votesBytes = head.votes ? utf8Length(JSON.stringify(head.votes)) : 0;
  const fitting = fittingTexts(first, HITS_BYTES - votesBytes);
  const isMore = more || fitting.length < hits.length;
  return `${JSON.stringify(head).slice(0, -1)},"hits":[${fitting.join()}],"more":${isMore}}` as HitsText;
}

/** With as many sources as all of them can have; some are left out when they do not fit even with one. */
function fittingTexts(hits: readonly HitInParts[], room: number): readonly string[] {
  let texts: readonly string[] = [];
  for (const cap of SOURCE_CAPS) {
    texts = hits.map((hit) => toHitText(hit.shown, { ...hit, sources: hit.sources.slice(0, cap) }));
    if (utf8Length(texts.join()) <= room) return texts;
  }
  let bytes = 0;
  return texts.filter((text) => {
    bytes += utf8Length(text) + 1;
    return bytes <= room;
  });
}
