import { expect, test } from 'vitest';
import { safeName } from '../../src-main/contract/safe-name.ts';
import { parseSchedule } from '../../src-main/contract/schedule.ts';
import { parseQuantity } from '../../src-main/contract/units.ts';
import { parseWebUrl } from '../../src-main/contract/web-url.ts';

const HUGE = '9'.repeat(400);

test('a number that cannot be counted with is none', () => {
  expect(parseQuantity('5KiB', 'size')).toBe(5120);
  for (const text of [HUGE, '9007199254740993', '9007199254740991 KiB'])
    expect(parseQuantity(text, 'size'), text).toBeUndefined();
  expect(parseSchedule(`mon 08:00-18:00 up=${HUGE}`)).toHaveProperty('why');
});

test('a web address has a port at which somebody can listen', () => {
  expect(parseWebUrl('http://example.org:1/a')).toBe('http://example.org:1/a');
  expect(parseWebUrl('http://example.org:0/a')).toBeUndefined();
});

test('a name of many blanks takes as long as it is long, not the square of that', () => {
  const startMs = performance.now();
  expect(safeName(`a${' '.repeat(100_000)}b`, 'x')).toBe('a b');
  expect(safeName(`a${' .'.repeat(50_000)}b`, 'x')).toBe('a.b');
  expect(performance.now() - startMs).toBeLessThan(1000);
});
