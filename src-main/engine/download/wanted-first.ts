import { CHUNK_BYTES } from '../content/constants.ts';
import type { Run, WaitingRun } from './planner-types.ts';

/** A chunk that comes within this, or next but one, is not worth a new connection. */
const NEAR_SECONDS = 2;
const NEAR_CHUNKS = 2;

/**
 * The runs that have to become shorter, so that a chunk for which somebody waits comes soon: those of every source that has it, each to
 * the chunk that comes now. None when it is on its way and near. `line` is every run under way.
 */
export function runsInTheWay(chunk: number, line: readonly WaitingRun[]): readonly Run[] {
  if (line.some((waiting) => isNear(chunk, waiting))) return [];
  return line
    .map(({ run }) => run)
    .filter(({ source, next, to }) => to > next + 1 && (source.chunks?.has(chunk) ?? true));
}

function isNear(chunk: number, { run, ahead }: WaitingRun): boolean {
  if (chunk < run.next || chunk >= run.to) return false;
  const before = ahead + chunk - run.next;
  return before < NEAR_CHUNKS || (before * CHUNK_BYTES) / Math.max(run.source.rateBps, 1) <= NEAR_SECONDS;
}
