import { computed } from 'vue';
import { useI18n } from 'vue-i18n';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const STEP = 1000;

/** Numbers as the chosen language writes them. Sizes are decimal, as disks and lines are sold. */
export function useFormat() {
  const { locale, t } = useI18n();
  const makers = computed(() => formatsOf(locale.value));
  const orUnknown = (text: string | null): string => text ?? t('common.units.unknown');
  return {
    formatCount: (count: number): string => makers.value.count.format(count),
    /** Bytes; unknown when null. */
    formatSize: (bytes: number | null): string => orUnknown(bytes === null ? null : makers.value.size(bytes)),
    /** Bytes a second. */
    formatRate: (bytes: number): string => makers.value.rate(bytes),
    /** Seconds; unknown when null. */
    formatDuration: (seconds: number | null): string => orUnknown(seconds === null ? null : clockText(seconds)),
    /** Milliseconds as such; unknown when null. */
    formatMs: (ms: number | null): string => orUnknown(ms === null ? null : makers.value.ms.format(ms)),
    /** A share of 1. */
    formatPercent: (part: number): string => makers.value.percent.format(part),
    /** Unix milliseconds. */
    formatDate: (ms: number): string => makers.value.date.format(ms),
  };
}

const made = new Map<string, ReturnType<typeof makeFormats>>();

/** One set for each language: to make one takes milliseconds, and every row has use for it. */
function formatsOf(locale: string): ReturnType<typeof makeFormats> {
  const formats = made.get(locale) ?? makeFormats(locale);
  made.set(locale, formats);
  return formats;
}

function makeFormats(locale: string) {
  // Latin digits in every language: hashes, addresses and sizes stand beside each other.
  const tag = `${locale}-u-nu-latn`;
  return {
    size: makeBytes(tag, ''),
    rate: makeBytes(tag, '-per-second'),
    count: new Intl.NumberFormat(tag),
    ms: new Intl.NumberFormat(tag, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 }),
    percent: new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 }),
    date: new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }),
  };
}

/** Of bytes, in the largest unit that leaves at least 1; rates begin with kilobytes. */
function makeBytes(tag: string, suffix: '' | '-per-second'): (bytes: number) => string {
  const least = suffix === '' ? 0 : 1;
  const units = UNITS.map(
    (unit, power) =>
      new Intl.NumberFormat(tag, {
        style: 'unit',
        unit: `${unit}${suffix}`,
        // The short form of a byte has no plural.
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumFractionDigits: power === 0 ? 0 : 1,
      }),
  );
  return (bytes) => {
    const power = bytes < STEP ? least : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(STEP)));
    return units[power]?.format(bytes / STEP ** power) ?? '';
  };
}

/** `3:07`, `1:02:45`, or `4 d 3:00:00`. */
function clockText(seconds: number): string {
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  const two = (value: number) => String(value).padStart(2, '0');
  const tail = `${hours > 0 || days > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
  return days > 0 ? `${days} d ${tail}` : tail;
}
