import type { Hits } from '../wire/messages/hits.ts';

/** Asked at least so often before anything follows; older asks fade at four times that. */
const LEAST_ASKED = 10;
const FADE_AT = 4 * LEAST_ASKED;
/** More than this share without an answer, for so long: it does not work, whatever else it does. A busy line lasts seconds. */
const MOST_UNANSWERED = 0.5;
const MUTE_MS = 60_000;
/** What it was asked and asks back under the same id; once may be a search that went on at another supernode. */
const ECHOES = 3;
/** Answers that name more sources than it says it has children; by so much, since children come and go. */
const LIES = 3;
const SLACK = { share: 1.25, count: 5 };
/** What was observed holds for this long. */
const OBSERVED_MS = 5 * 60_000;

/** How a neighbour behaves: what it says of itself is measured by what is seen of it. */
export class NeighbourRecord {
  #asked = 0;
  #unanswered = 0;
  /** Since when most is without an answer. */
  #muteFromMs: number | undefined;
  #echoes = 0;
  #lies = 0;
  #observed = { children: 0, atMs: Number.NEGATIVE_INFINITY };

  /** `children`: as it said last. */
  answered(
    { hits }: Pick<Hits, 'hits'>,
    { children, nowMs }: { readonly children: number; readonly nowMs: number },
  ): void {
    this.#count(false, nowMs);
    // It names its children and itself, nobody else.
    const sources = new Set(hits.flatMap((hit) => hit.sources.map(({ nodeId }) => nodeId))).size;
    const named = Math.max(0, sources - 1);
    if (named >= this.childrenSeen(nowMs)) this.#observed = { children: named, atMs: nowMs };
    if (named > SLACK.share * children + SLACK.count) this.#lies++;
  }

  /** Though the link lived. */
  unanswered(nowMs: number): void {
    this.#count(true, nowMs);
  }

  /** It asks what it was asked. */
  echoed(): void {
    this.#echoes++;
  }

  /** It has at least so many, whatever it says. */
  childrenSeen(nowMs: number): number {
    return nowMs - this.#observed.atMs <= OBSERVED_MS ? this.#observed.children : 0;
  }

  /** Why it should be replaced; undefined for a good one. */
  fault(nowMs: number): string | undefined {
    if (this.#echoes >= ECHOES) return 'it sends back what it is asked';
    if (this.#lies >= LIES) return 'it has more children than it says';
    const isMute = this.#muteFromMs !== undefined && nowMs - this.#muteFromMs >= MUTE_MS;
    return isMute && this.#asked >= LEAST_ASKED ? 'it does not answer queries' : undefined;
  }

  #count(isUnanswered: boolean, nowMs: number): void {
    if (this.#asked >= FADE_AT) {
      this.#asked /= 2;
      this.#unanswered /= 2;
    }
    this.#asked++;
    if (isUnanswered) this.#unanswered++;
    this.#muteFromMs = this.#unanswered > MOST_UNANSWERED * this.#asked ? (this.#muteFromMs ?? nowMs) : undefined;
  }
}
