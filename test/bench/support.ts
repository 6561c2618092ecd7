/** What every benchmark measures with and reports in. */

export type Summary = { readonly median: number; readonly min: number; readonly max: number };
export type Goal = { readonly name: string; readonly value: number; readonly goal: number; readonly holds: boolean };
export type BenchReport = {
  readonly bench: string;
  /** By program, then by metric; the unit is part of a metric's name. */
  readonly results: Readonly<Record<string, Readonly<Record<string, Summary>>>>;
  readonly goals: readonly Goal[];
};
/** One run of one program: its metrics. */
export type Measure = () => Promise<Readonly<Record<string, number>>>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('no values to take the median of');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export const summarize = (values: readonly number[]): Summary => ({
  median: round(median(values)),
  min: round(Math.min(...values)),
  max: round(Math.max(...values)),
});

/** Runs the programs in turns, `rounds` times after one round that does not count, so that what else happens on the machine hits all alike. */
export async function measureInTurns(
  programs: Readonly<Record<string, Measure>>,
  rounds = 5,
): Promise<Record<string, Record<string, Summary>>> {
  const values = new Map<string, Map<string, number[]>>();
  for (let turn = 0; turn <= rounds; turn++) {
    for (const [program, measure] of Object.entries(programs)) {
      const metrics = await measure();
      if (turn > 0) for (const [metric, value] of Object.entries(metrics)) add(values, [program, metric], value);
    }
  }
  return Object.fromEntries(
    [...values].map(([program, metrics]) => [
      program,
      Object.fromEntries([...metrics].map(([metric, each]) => [metric, summarize(each)])),
    ]),
  );
}

/** The median that a program reached; throws when it was not measured. */
export function medianOf(results: BenchReport['results'], program: string, metric: string): number {
  const summary = results[program]?.[metric];
  if (!summary) throw new Error(`${program} has no ${metric}`);
  return summary.median;
}

export const atLeast = (name: string, value: number, goal: number): Goal => ({
  name,
  value: round(value),
  goal,
  holds: value >= goal,
});
export const atMost = (name: string, value: number, goal: number): Goal => ({
  name,
  value: round(value),
  goal,
  holds: value <= goal,
});

function add(values: Map<string, Map<string, number[]>>, [program, metric]: [string, string], value: number): void {
  const metrics = values.get(program) ?? new Map<string, number[]>();
  values.set(program, metrics);
  metrics.set(metric, [...(metrics.get(metric) ?? []), value]);
}

/** Four digits say more than any measurement here is worth. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
