import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as {
  packages: Record<
    string,
    { hasInstallScript?: boolean; integrity?: string; link?: boolean; inBundle?: boolean; name?: string }
  >;
};
const { allowScripts, dependencies, devDependencies } = read('package.json');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const installed = Object.entries(packages).filter(([path]) => path !== '');

test('of packages with a script at their installation each was decided on, and no other is named', () => {
  const withScripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  expect([...new Set(withScripts)].sort()).toEqual(Object.keys(allowScripts).sort());
});

test('only one package may run its script: the one that brings the runtime along', () => {
  expect(Object.keys(allowScripts).filter((name) => allowScripts[name])).toEqual(['node']);
});

test('every package is fixed by a checksum, and every one that is asked for by its version', () => {
  const open = installed
    .filter(([, { integrity, link, inBundle }]) => !integrity && !link && !inBundle)
    .map(([path]) => path);
  expect(open).toEqual([]);
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(([, wanted]) =>
    /[\^~*x<>]|latest/.test(String(wanted)),
  );
  expect(ranges).toEqual([]);
});
