import { CHUNK_BYTES } from '../content/constants.ts';
import type { Run, WaitingRun } from './planner-types.ts';
import { isNear } from './run-rules.ts';

/**
 * The runs that have to become shorter, so that a chunk for which somebody waits comes soon: those of every source that has it, each to
 * the chunk that comes now; but of one that sends whole files only, which could not go on elsewhere. None when it is on its way and near.
 * `line` is every run under way.
 */
export function runsInTheWay(chunk: number, line: readonly WaitingRun[]): readonly Run[] {
  if (line.some((waiting) => comesSoon(chunk, waiting))) return [];
  return line
    .map(({ run }) => run)
    .filter(({ source, next, to }) => !source.sendsWhole && to > next + 1 && (source.chunks?.has(chunk) ?? true));
}

const comesSoon = (chunk: number, { run, ahead }: WaitingRun): boolean =>
  chunk >= run.next && chunk < run.to && isNear(ahead + chunk - run.next, CHUNK_BYTES, run.source.rateBps);
