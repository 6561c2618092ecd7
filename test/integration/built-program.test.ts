import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Name and text of each package in the list that a build wrote. */
const listed = (folder: string): [name: string, text: string][] =>
  readFileSync(inRoot(`out/${folder}/THIRD-PARTY-LICENSES.md`), 'utf8')
    .split(/^## (?=.* - \d+\.\d+\.\d+.* \(.+\)$)/m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...text] = section.split('\n');
      return [heading.slice(0, heading.lastIndexOf(' - ')), text.join('\n').trim()];
    });

const hasLicenceFile = (name: string) =>
  readdirSync(inRoot(`node_modules/${name}`)).some((file) => /^(licen[cs]e|copying)/i.test(file));

test.each(['main', 'renderer'])('the licences of what is bundled in out/%s lie beside it', (folder) => {
  const packages = listed(folder);
  expect(packages.map(([name]) => name)).toContain(folder === 'main' ? 'undici' : '@vue/runtime-dom');
  // A package that comes without the text of its licence is named with the licence's name alone.
  const textless = packages.filter(([, text]) => !/copyright|free license/i.test(text)).map(([name]) => name);
  expect(textless.filter(hasLicenceFile)).toEqual([]);
});

test('every built file of the program can be read by the runtime', async () => {
  const folder = inRoot('out/main');
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  expect(files).toContain('cli.js');
  for (const file of files) await promisify(execFile)(process.execPath, ['--check', join(folder, file)]);
});

test('a built peer serves, searches and downloads', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [inRoot('out/main/cli.js'), 'demo']);
  expect(stdout).not.toBe('');
});
