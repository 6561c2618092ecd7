import { describe, expect, test } from 'vitest';
import { formatBar, formatBytes, formatColumns, formatSeconds, safeText } from '../../../src-main/headless/format.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [200 * 1024, '200 KiB'],
    [2 ** 40, '1.0 TiB'],
  ])('shows %i as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatSeconds', () => {
  test.each([
    [null, '-'],
    [Number.POSITIVE_INFINITY, '-'],
    [59.4, '59 s'],
    [61, '1 min 1 s'],
    [3725, '1 h 2 min'],
    [90_000, '1 d 1 h'],
  ])('shows %s as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('safeText', () => {
  test('takes the power over the terminal from a stranger’s name', () => {
    expect(safeText('a\u001B[2Jb\r\nc\u009B1m')).toBe('a\uFFFD[2Jb\uFFFD\uFFFDc\uFFFD1m');
  });

  test('shows marks that turn the writing direction', () => {
    expect(safeText('photo\u202Egpj.exe')).toBe('photo\uFFFDgpj.exe');
  });

  test('leaves every other letter alone', () => {
    expect(safeText('Ünïcode 日本語 🐟')).toBe('Ünïcode 日本語 🐟');
  });
});

test('formatColumns aligns all columns and pads no last one', () => {
  const lines = formatColumns(
    [
      ['A', 'N', 'NAME'],
      ['long', '10', 'x'],
    ],
    [1],
  );
  expect(lines).toEqual(['A      N  NAME', 'long  10  x']);
});

test('formatColumns takes a list of any length', () => {
  const rows = Array.from({ length: 200_001 }, (_, row) => [`${row}`, 'x']);
  const lines = formatColumns(rows);
  expect(lines).toHaveLength(rows.length);
  expect([lines[0], lines.at(-1)]).toEqual(['0       x', '200000  x']);
});

test('formatBar fills in proportion, and says so when the size is unknown', () => {
  expect(formatBar(5, 10, 4)).toBe('[##--]  50 %');
  expect(formatBar(20, 10, 4)).toBe('[####] 100 %');
  expect(formatBar(5, null, 4)).toBe('[----]   ? %');
});
