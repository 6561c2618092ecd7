import { runFlashCrowd } from './flash-crowd.ts';
import { runAllShut, runGrowth, runTwo } from './growth.ts';
import { runHalve } from './halve.ts';
import { runHops } from './hops.ts';
import { runHostile } from './hostile/hostile.ts';
import { runPartition } from './partition.ts';
import { runPolluted } from './polluted/polluted.ts';
import type { ScenarioOptions, ScenarioReport, Told } from './scenario.ts';
import { runSteady } from './steady.ts';

const SCENARIOS: Readonly<Record<string, (options: ScenarioOptions, told: Told) => Promise<ScenarioReport>>> = {
  steady: runSteady,
  halve: (options, told) => runHalve('noticed', options, told),
  'halve-silent': (options, told) => runHalve('silently', options, told),
  'flash-crowd': runFlashCrowd,
  hops: runHops,
  growth: runGrowth,
  two: runTwo,
  'all-shut': runAllShut,
  partition: runPartition,
  hostile: runHostile,
  polluted: runPolluted,
  'polluted-unvoted': (options, told) => runPolluted({ ...options, votes: false }, told),
  'polluted-sybils': (options, told) => runPolluted({ ...options, sybils: 10 }, told),
  'polluted-unseen': (options, told) => runPolluted({ ...options, signs: false }, told),
  'polluted-spread': (options, told) => runPolluted({ ...options, racks: false }, told),
};
export const SCENARIO_NAMES: readonly string[] = Object.keys(SCENARIOS);

/** Plays one scenario, and tells of its course. Undefined when there is none of that name. */
export async function runScenario(
  name: string,
  options: ScenarioOptions,
  told: Told,
): Promise<ScenarioReport | undefined> {
  const run = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  // An error is an answer here, thousands of times a second, and nobody reads where it was made.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await run?.(options, told);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
