import { parseSetting } from '#contract/parse-setting.ts';
import { SETTINGS, type SettingEntry, type SettingKey } from '#contract/settings.ts';

type NumberKind = 'count' | 'duration' | 'size' | 'rate';
/** As the catalogue names them, largest last, each with how many of the setting's own unit it is. */
const UNITS = {
  count: { '': 1 },
  duration: { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  size: { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  rate: { 'B/s': 1, 'kB/s': 1e3, 'MB/s': 1e6, 'GB/s': 1e9 },
} as const satisfies Record<NumberKind, Readonly<Record<string, number>>>;

/** The unit that nothing is given in: a user who types another number means that one. */
const NOTHING: Readonly<Record<NumberKind, string>> = { count: '', duration: 's', size: 'MiB', rate: 'kB/s' };

const factors = (kind: NumberKind): Readonly<Record<string, number>> => UNITS[kind];
export const unitsOf = (kind: NumberKind): readonly string[] => Object.keys(UNITS[kind]);

/** A value in the largest unit in which it has at most one place after the point. */
export function splitNumber(kind: NumberKind, value: number): { readonly number: string; readonly unit: string } {
  const units = Object.entries(factors(kind));
  const found = units.findLast(([, factor]) => value >= factor && Number.isInteger((value * 10) / factor));
  const unit = found?.[0] ?? (value === 0 ? NOTHING[kind] : (units[0]?.[0] ?? ''));
  const factor = factors(kind)[unit] ?? 1;
  return { number: String(value / factor), unit };
}

/** `number`, `whole`: it is none; `range`: too small or too large, with the bounds. */
export type NumberFault = { readonly kind: 'number' | 'whole' } | { readonly kind: 'range'; readonly entry: Bounds };
type Bounds = { readonly kind: NumberKind; readonly min: number; readonly max: number };

/** What was typed as the setting's value, or what is wrong with it. A comma parts as well as a point. */
export function joinNumber(
  key: SettingKey,
  typed: string,
  unit: string,
): { readonly value: number } | { readonly fault: NumberFault } {
  const entry: SettingEntry = SETTINGS[key];
  if (entry.kind === 'switch' || entry.kind === 'text' || entry.kind === 'choice') return { fault: { kind: 'number' } };
  const text = typed.trim().replace(',', '.');
  if (!/^\d+(\.\d+)?$/.test(text)) return { fault: { kind: 'number' } };
  const value = Math.round(Number(text) * (factors(entry.kind)[unit] ?? 1));
  if (entry.kind === 'count' && !Number.isInteger(Number(text))) return { fault: { kind: 'whole' } };
  const parsed = parseSetting(key, value);
  if ('why' in parsed || typeof parsed.value !== 'number') return { fault: { kind: 'range', entry } };
  return { value: parsed.value };
}
