/** What holds for runs of chunks from peers (range-planner.ts) and of segments from the web (web-segments.ts) alike. */

/** What comes within this, or next but one, is not worth a new connection. */
const NEAR_SECONDS = 2;
const NEAR_PARTS = 2;
/** Of a run that is over sooner nothing is taken over: cutting costs its source a new connection (protocol section 9). */
export const MIN_TAIL_SECONDS = 2;
/** A race for what another has begun costs its bytes once more: it must be won by so much. */
export const MIN_RACE_RATIO = 2;

/** A source of unknown speed, which is 0, is taken for one that stands still. */
export const secondsFor = (bytes: number, rateBps: number): number => bytes / Math.max(rateBps, 1);

/** Whether a part comes soon, that has `before` others of `bytes` bytes each before it. */
export const isNear = (before: number, bytes: number, rateBps: number): boolean =>
  before < NEAR_PARTS || secondsFor(before * bytes, rateBps) <= NEAR_SECONDS;

/** Of `parts` that are left to another as many as one can fetch until both end together, at least one. */
export const shareOf = (parts: number, ownBps: number, otherBps: number): number =>
  Math.max(1, Math.round((parts * ownBps) / Math.max(ownBps + otherBps, 1)));
