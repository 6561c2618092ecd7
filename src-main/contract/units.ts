const SECOND = 1000;

/** Units of settings as people write them: durations in milliseconds, sizes in bytes; without one it is a plain number. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: SECOND,
  min: 60 * SECOND,
  h: 3600 * SECOND,
  d: 24 * 3600 * SECOND,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const TIME_UNITS = new Set(['ms', 's', 'min', 'h', 'd']);

/** A number with a unit that fits: of time for a duration, of bytes for a size or rate, none for a count. Undefined for one that cannot be counted with. */
export function parseQuantity(text: string, kind: 'count' | 'duration' | 'size' | 'rate'): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text);
  const unit = (match?.[2] ?? '').toLowerCase();
  const factor = UNITS[unit];
  const fits = unit === '' || (kind === 'duration' ? TIME_UNITS.has(unit) : kind !== 'count' && !TIME_UNITS.has(unit));
  const value = match && factor !== undefined && fits ? Math.round(Number(match[1]) * factor) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

export const parseSize = (text: string): number | undefined => parseQuantity(text, 'size');
