/** How numbers and names are shown to people. */
import type { Worlds } from '../contract/network.ts';

/** What is known of a second network. */
export const WORLDS_WORDS: Readonly<Record<Worlds, string>> = {
  unchecked: 'not compared yet',
  'not-possible': 'cannot be compared: all supernodes are known by one way, or do not answer',
  one: 'one',
  two: 'two, which know nothing of each other: searches may miss what the other one has',
  unclear: 'unclear: nobody answers of those that a supernode named',
};

const SIZE_STEP = 1024;
const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1536` is `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= SIZE_STEP && unit < SIZE_UNITS.length - 1) {
    value /= SIZE_STEP;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZE_UNITS[unit]}`;
}

export const formatRate = (bytesPerSecond: number): string => `${formatBytes(bytesPerSecond)}/s`;

/** `1 file`, `2 files`. */
export const formatCount = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** `3725` is `1 h 2 min`; null is `-`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** Unix milliseconds in UTC, to the second. */
export const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/**
 * Text of strangers as one harmless piece of a line: control characters could drive the terminal, and the marks that turn the
 * writing direction could make `gpj.exe` look like `exe.jpg`.
 */
export const safeText = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');

/** Rows with their columns aligned; the last column is as long as it likes. Columns named in `right` are aligned to the right. */
export function formatColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    // Not as arguments of one call: a list may have more rows than a call can be given.
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (right.includes(column)) return cell.padStart(widths[column] ?? 0);
        return column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
      })
      .join('  '),
  );
}

/** `[######----]  60 %`, `width` marks wide. */
export function formatBar(done: number, size: number | null, width: number): string {
  if (size === null || size === 0) return `[${'-'.repeat(width)}]   ? %`;
  const share = Math.min(1, done / size);
  const filled = Math.floor(share * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}
