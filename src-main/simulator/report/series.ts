import { type Unit, unitOf } from './words.ts';

type Line = Readonly<Record<string, unknown>>;
/** Seconds of virtual time, and a value then. */
export type Point = readonly [seconds: number, value: number];
export type Series = { readonly name: string; readonly unit: Unit; readonly points: readonly Point[] };
/** Something that happened at one moment. */
export type Mark = { readonly seconds: number; readonly name: string };
/** What a scenario told of its course, sorted out. */
export type Course = {
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
  /** Lines that name no time. */
  readonly untimed: readonly Line[];
};

const SECONDS_A_MINUTE = 60;
const TIMES = ['minutes', 'seconds'];
/** More lines than this in a plot cannot be told apart. */
const MOST_IN_A_PLOT = 4;
/** A line below this part of the highest one would lie on the axis. */
const LEAST_OF_HIGHEST = 1 / 6;

export function toCourse(lines: readonly Line[]): Course {
  const points = new Map<string, Point[]>();
  const marks: Mark[] = [];
  const untimed: Line[] = [];
  for (const line of lines) {
    const seconds = secondsOf(line);
    if (seconds === undefined) untimed.push(line);
    else if (line.event === 'sample') addPoints(points, line, seconds);
    else marks.push({ seconds, name: String(line.event) });
  }
  const series = [...points].map(([name, of]) => ({
    name,
    unit: unitOf(name),
    points: of.toSorted(([a], [b]) => a - b),
  }));
  return { series, marks, untimed };
}

function secondsOf({ minutes, seconds }: Line): number | undefined {
  if (isNumber(seconds)) return seconds;
  return isNumber(minutes) ? minutes * SECONDS_A_MINUTE : undefined;
}

function addPoints(to: Map<string, Point[]>, line: Line, seconds: number): void {
  for (const [name, value] of Object.entries(line)) {
    if (!isNumber(value) || TIMES.includes(name)) continue;
    const points = to.get(name) ?? [];
    to.set(name, points);
    points.push([seconds, value]);
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const highest = ({ points }: Series): number => Math.max(...points.map(([, value]) => value));
export const isZero = ({ points }: Series): boolean => points.every(([, value]) => value === 0);

/** Series of one unit and of a like size share a plot, the highest first; in the order in which their units were told first. */
export function groupByUnit(series: readonly Series[]): readonly (readonly Series[])[] {
  const units = [...new Set(series.map(({ unit }) => unit))];
  return units.flatMap((unit) => {
    const groups: Series[][] = [];
    const ofUnit = series.filter((one) => one.unit === unit).toSorted((a, b) => highest(b) - highest(a));
    for (const one of ofUnit) {
      const [top] = groups.at(-1) ?? [];
      const fits = top && highest(one) >= highest(top) * LEAST_OF_HIGHEST;
      if (fits && (groups.at(-1)?.length ?? 0) < MOST_IN_A_PLOT) groups.at(-1)?.push(one);
      else groups.push([one]);
    }
    return groups;
  });
}
