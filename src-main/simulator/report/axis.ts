/** Steps that people count in, of a power of ten. */
const STEPS = [1, 2, 5, 10] as const;
const HOUR_S = 3600;
const MINUTE_S = 60;
/** Up to so many of them a time is told in the smaller unit. */
const MOST_SECONDS = 180;
const MOST_MINUTES = 180;

export type AxisRange = { readonly from: number; readonly to: number };

/** Round numbers, about `count` of them, the first at or below `from` and the last at or above `to`; whole ones when `whole`. */
export function ticksOf({ from, to }: AxisRange, count: number, { whole = false } = {}): readonly number[] {
  const span = to > from ? to - from : Math.abs(to) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const nice = (STEPS.find((step) => step * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const step = whole ? Math.max(1, nice) : nice;
  const first = Math.floor(from / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((to > from ? to : from + span) / step - 1e-9));
  // Without the rounding the third tenth would be 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** The unit in which a run of so many seconds is told. */
export function timeUnitOf(seconds: number): { readonly name: string; readonly seconds: number } {
  if (seconds <= MOST_SECONDS) return { name: 'seconds', seconds: 1 };
  if (seconds <= MOST_MINUTES * MINUTE_S) return { name: 'minutes', seconds: MINUTE_S };
  return { name: 'hours', seconds: HOUR_S };
}
