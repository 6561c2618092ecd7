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

test('each test that the threat model names is there, and every attacker has one', () => {
  const page = read('threat-model.md');
  const named = [...page.matchAll(/^- `(test\/[^`]+)`: \*(.+)\*$/gm)].map(([, file = '', name = '']) => [file, name]);
  expect(named.length).toBe(page.split('\n').filter((line) => line.startsWith('- `test/')).length);
  for (const [file = '', name = ''] of named) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect([file, name, text.includes(`'${name}'`)]).toEqual([file, name, true]);
  }
  const attackers = page
    .slice(page.indexOf('## Attackers'), page.indexOf('## What remains open'))
    .split('\n### ')
    .slice(1);
  expect(attackers).toHaveLength(12);
  for (const attacker of attackers) expect(attacker).toMatch(/^Cannot [\s\S]*^- `test\//m);
});
