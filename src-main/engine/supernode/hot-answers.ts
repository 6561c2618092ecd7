import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import type { FoundHits, Recording, WaveDone, WaveEnd, WaveSink, WaveStep } from '../search/wave-search.ts';
import type { Query } from '../wire/messages/query.ts';

/** Hits and votes of one answer that is kept; a larger one is asked again. */
const MAX_HITS_EACH = 2000;
/** The same of all kept answers: about 20 MB. */
const MAX_HITS = 20_000;

type Kept = {
  readonly recording: Recording;
  readonly limit: number;
  readonly hits: number;
  readonly untilMs: number;
  /** Those who know it already: who asks again wants to know what has changed. */
  readonly knownTo: Set<NodeId>;
};
type HotAnswersDeps = { readonly clock: Clock; readonly settings: () => Settings };

/** Merged results of finished searches, given again to other leaves for 60 s, so that a flash crowd costs one search. */
export class HotAnswers {
  readonly #deps: HotAnswersDeps;
  readonly #kept = new Map<string, Kept>();
  #hits = 0;

  constructor(deps: HotAnswersDeps) {
    this.#deps = deps;
  }

  /** What others were answered to the same query, when it is enough for this one. */
  find(query: Query, client: NodeId): Recording | undefined {
    const kept = this.#kept.get(keyOf(query));
    if (!kept || query.asked !== undefined || kept.knownTo.has(client)) return undefined;
    if (kept.untilMs <= this.#deps.clock.monotonicMs()) return undefined;
    if (kept.recording.reason !== 'exhausted' && query.limit > kept.limit) return undefined;
    kept.knownTo.add(client);
    return kept.recording;
  }

  /** A sink that passes everything on to `sink`, and keeps it if the search comes to its end with results. */
  record(query: Query, client: NodeId, sink: WaveSink): WaveSink {
    let steps: WaveStep[] = [];
    let hits = 0;
    let isOpen = query.asked === undefined;
    return {
      hits: (from, wave, answer) => {
        hits += sizeOf(answer);
        if (hits > MAX_HITS_EACH) isOpen = false;
        // The own index is searched afresh for everybody.
        if (isOpen && wave > 0) steps.push({ type: 'hits', from, wave, answer });
        sink.hits(from, wave, answer);
      },
      wave: (report: WaveDone, isLast: boolean) => {
        if (isOpen && report.wave > 0) steps.push({ type: 'wave', report });
        sink.wave(report, isLast);
      },
      end: (end: WaveEnd) => {
        const isFinished = (end.reason === 'limit' || end.reason === 'exhausted') && end.error === undefined;
        if (isOpen && isFinished && steps.some(({ type }) => type === 'hits')) {
          this.#keep(query, client, { steps, reason: end.reason });
        }
        // What `more` brings later belongs to this client only. The sink lives as long as the search is kept, and shall not keep its hits.
        isOpen = false;
        steps = [];
        sink.end(end);
      },
    };
  }

  #keep(query: Query, client: NodeId, recording: Recording): void {
    const { clock, settings } = this.#deps;
    const hits = recording.steps.reduce((sum, step) => sum + (step.type === 'hits' ? sizeOf(step.answer) : 0), 0);
    const key = keyOf(query);
    this.#forget(key);
    const untilMs = clock.monotonicMs() + settings()['search.cache'];
    this.#kept.set(key, { recording, limit: query.limit, hits, untilMs, knownTo: new Set([client]) });
    this.#hits += hits;
    for (const [oldest, { untilMs: endMs }] of this.#kept) {
      if (endMs > clock.monotonicMs() && this.#hits <= MAX_HITS) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#hits -= this.#kept.get(key)?.hits ?? 0;
    this.#kept.delete(key);
  }
}

const sizeOf = ({ hits, votes = [] }: FoundHits): number => hits.length + votes.length;

/** Queries that differ only in letter case and spaces are the same. */
const keyOf = ({ words, hash, voteSize = 0 }: Query) =>
  hash !== undefined
    ? `${hash} ${voteSize}`
    : `words ${(words ?? '').normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' ')}`;
