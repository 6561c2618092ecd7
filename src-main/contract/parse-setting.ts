import { parseAddress } from './address.ts';
import { parseIp } from './ip.ts';
import { parseSchedule } from './schedule.ts';
import {
  type NumericEntry,
  SETTINGS,
  type SettingEntry,
  type SettingKey,
  type SettingValue,
  type TextEntry,
} from './settings.ts';
import { parseQuantity } from './units.ts';

/** A value as typed or stored, or the reason why it cannot be one. Numbers accept units: 90s, 5min, 2h, 64KiB, 10MB. */
export function parseSetting(
  key: SettingKey,
  given: SettingValue,
): { readonly value: SettingValue } | { readonly why: string } {
  const entry: SettingEntry = SETTINGS[key];
  switch (entry.kind) {
    case 'switch':
      return parseSwitch(given);
    case 'text':
      return parseText(entry, given);
    case 'choice':
      return entry.choices.includes(String(given))
        ? { value: String(given) }
        : { why: `it is one of ${entry.choices.join(', ')}` };
    default:
      return parseNumber(entry, given);
  }
}

function parseText({ format }: TextEntry, given: SettingValue): { value: string } | { why: string } {
  if (typeof given !== 'string') return { why: 'it takes text' };
  const why = format === undefined || given === '' ? undefined : WHY_NOT[format](given);
  return why === undefined ? { value: given } : { why };
}

const WHY_NOT: Readonly<Record<NonNullable<TextEntry['format']>, (text: string) => string | undefined>> = {
  schedule: (text) => {
    const parsed = parseSchedule(text);
    return 'why' in parsed ? parsed.why : undefined;
  },
  'listen-address': (text) =>
    parseAddress(text, { allowZero: true }) ? undefined : 'it is HOST:PORT or [IPV6]:PORT, or empty',
  ip: (text) => (parseIp(text) ? undefined : 'it is an IP address, or empty'),
};

function parseSwitch(given: SettingValue): { value: boolean } | { why: string } {
  if (given === true || given === 'true' || given === 'on' || given === 'yes') return { value: true };
  if (given === false || given === 'false' || given === 'off' || given === 'no') return { value: false };
  return { why: 'it is on or off' };
}

function parseNumber(entry: NumericEntry, given: SettingValue): { value: number } | { why: string } {
  const value = parseQuantity(String(given), entry.kind);
  if (value === undefined) return { why: `it is a ${entry.kind}` };
  if (value < entry.min || value > entry.max) return { why: `it lies between ${entry.min} and ${entry.max}` };
  return { value };
}
