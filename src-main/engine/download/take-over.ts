import { CHUNK_BYTES } from '../content/constants.ts';
import type { PlannedSource, Run, WaitingRun } from './planner-types.ts';
import { MIN_TAIL_SECONDS, secondsFor, shareOf } from './run-rules.ts';

/** When a tail is worth taking over (protocol section 9). */
const MIN_SPEED_RATIO = 2;
const MIN_TAIL_CHUNKS = 2;

export type Tail = { readonly victim: Run; readonly from: number; readonly to: number };

/**
 * The tail that an idle source should take over: of the run that would end last, among those of sources at most half as fast (or of
 * lower priority), with at least 2 chunks and 2 s left. It is cut where both would end together. `line` is every run under way.
 */
export function findTail(
  thief: PlannedSource,
  line: readonly WaitingRun[],
  isDone: (chunk: number) => boolean,
): Tail | undefined {
  let worst: { run: Run; seconds: number } | undefined;
  for (const { run, ahead } of line) {
    if (!mayTake(thief, run)) continue;
    const seconds = secondsFor((ahead + run.to - run.next) * CHUNK_BYTES, run.source.rateBps);
    if (seconds >= MIN_TAIL_SECONDS && (!worst || seconds > worst.seconds)) worst = { run, seconds };
  }
  if (!worst) return undefined;
  const { run } = worst;
  // A race for the last chunks may have been won by a third source.
  let end = run.to;
  while (end > run.next + 1 && isDone(end - 1)) end--;
  const tail = end - run.next - 1;
  if (tail === 0) return undefined;
  // A source of unknown speed is tried with one chunk.
  let from = end - shareOf(tail, thief.rateBps, run.source.rateBps);
  // Of one that sends once more what is here.
  while (isDone(from) && from < end - 1) from++;
  let to = from;
  while (to < end && !isDone(to) && (thief.chunks?.has(to) ?? true)) to++;
  return to > from ? { victim: run, from, to } : undefined;
}

function mayTake(thief: PlannedSource, run: Run): boolean {
  // The chunk that comes now stays with the victim: its bytes are half here.
  if (run.source === thief || run.to - run.next - 1 < MIN_TAIL_CHUNKS) return false;
  const isUnknown = thief.rateBps === 0;
  return isUnknown || thief.rateBps >= MIN_SPEED_RATIO * run.source.rateBps || thief.priority > run.source.priority;
}
