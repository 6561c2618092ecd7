import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGES } from '../../build/docs/pages.ts';
import { SETTING_KEYS } from '../../src-main/contract/settings.ts';
import * as limits from '../../src-main/engine/wire/limits.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test.each(Object.entries(PAGES))('docs/%s is what the code says; `npm run docs` writes it', (name, page) => {
  expect(read(name)).toBe(page());
});

test('every limit is told with its reason, every setting with its help', () => {
  const rows = read('limits.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  for (const name of Object.keys(limits)) expect(rows.some((row) => row.startsWith(`| \`${name}`))).toBe(true);
  expect(rows.filter((row) => row.endsWith('|  |'))).toEqual([]);
  const settings = read('settings.md');
  for (const key of SETTING_KEYS) expect(settings).toContain(`| \`${key}\` |`);
});
