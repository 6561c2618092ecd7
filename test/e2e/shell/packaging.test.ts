import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules, createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSupernodeFile } from '../../../build/supernode-file.ts';
import { ShoalProcess } from '../../support/peer-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * What electron-builder makes of the build for Linux, of a stand-in for Electron's files: the archive, its neighbours and the fuses are
 * real, the program is not. Installers, and other systems, are not made here.
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const runNode = (...words: readonly string[]) => promisify(execFile)(process.execPath, words, { cwd: ROOT });

let folder: string;
const inResources = (path: string) => join(folder, 'dist/linux-unpacked/resources', path);
/** The archive's files, as Electron would find them. */
const inArchive = (path: string) => join(folder, 'archive', path);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-test-'));
  const electron = join(folder, 'electron');
  await writeStandIn(electron);
  const options = [`-c.electronDist=${electron}`, `-c.directories.output=${join(folder, 'dist')}`];
  const config = ['--config', 'build/electron-builder.cjs', '--linux', 'dir', '--x64'];
  await runNode('node_modules/electron-builder/cli.js', ...config, ...options);
  await runNode('node_modules/@electron/asar/bin/asar.js', 'extract', inResources('app.asar'), inArchive(''));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What of Electron's files the packaging touches; its fuses as they come. */
async function writeStandIn(path: string): Promise<void> {
  await mkdir(join(path, 'locales'), { recursive: true });
  await mkdir(join(path, 'resources'));
  const fuses = ['dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX', '\x01\x08', '10110111'].join('');
  await writeFile(join(path, 'electron'), `program ${fuses} rest`, { mode: 0o755 });
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await writeFile(join(path, 'version'), devDependencies.electron);
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak']) await writeFile(join(path, name), '');
}

test('the program cannot run as Node, be inspected, or load anything but its archive', async () => {
  const fuses = await getCurrentFuseWire(join(folder, 'dist/linux-unpacked/shoal'));
  expect(fuses.version).toBe(FuseVersion.V1);
  const { DISABLE, ENABLE } = FuseState;
  expect(fuses).toMatchObject({
    [FuseV1Options.RunAsNode]: DISABLE,
    [FuseV1Options.EnableCookieEncryption]: ENABLE,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: DISABLE,
    [FuseV1Options.EnableNodeCliInspectArguments]: DISABLE,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ENABLE,
    [FuseV1Options.OnlyLoadAppFromAsar]: ENABLE,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: DISABLE,
  });
});

test('the archive holds the built program, and of packages only those that it loads', async () => {
  expect((await readdir(inArchive('out'))).sort()).toEqual(['icons', 'main', 'preload', 'renderer']);
  expect((await readdir(inArchive(''))).sort()).toEqual(['node_modules', 'out', 'package.json']);
  const names = await readdir(inArchive('out/main'));
  const codes = await Promise.all(names.map((name) => readFile(inArchive(join('out/main', name)), 'utf8')));
  const loaded = codes.flatMap((code) => [...code.matchAll(/(?:from|import\()\s*["']([@\w][\w./:@-]*)["']/g)]);
  const packages = new Set(loaded.map((match) => packageOf(match[1] ?? '')).filter((name) => !isNodes(name)));
  expect([...packages]).toContain('better-sqlite3');
  const shipped = await packagesIn(inArchive('node_modules'));
  expect([...packages].filter((name) => !shipped.includes(name))).toEqual([]);
  for (const name of ['vue', 'undici', 'electron', 'typescript']) expect(shipped).not.toContain(name);
});

test("what a deb must say is there: its maintainer, and a page that is nobody else's", async () => {
  const { linux, extraMetadata } = createRequire(import.meta.url)(join(ROOT, 'build/electron-builder.cjs'));
  const { homepage } = JSON.parse(await readFile(inArchive('package.json'), 'utf8'));
  expect(homepage).toBe(extraMetadata.homepage);
  expect(new URL(homepage).hostname).toMatch(/\.(example|invalid)$/);
  expect(linux.maintainer).toBeTruthy();
});

const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
const isNodes = (name: string) => name.startsWith('node:') || builtinModules.includes(name) || name === 'electron';

/** Those of a scope by their whole names. */
async function packagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const scoped = names.filter((name) => name.startsWith('@'));
  const inScopes = await Promise.all(
    scoped.map(async (scope) => (await readdir(join(folder, scope))).map((name) => `${scope}/${name}`)),
  );
  return [...names.filter((name) => !scoped.includes(name)), ...inScopes.flat()].sort();
}

test("only what is native lies outside the archive, with this system's binaries alone", async () => {
  const outside = await packagesIn(inResources('app.asar.unpacked/node_modules'));
  expect(outside.filter((name) => !name.startsWith('@napi-rs/xattr'))).toEqual(['better-sqlite3']);
  // One package for each kind of system, of which only this one's was installed.
  expect(outside.filter((name) => name.startsWith('@napi-rs/')).length).toBeGreaterThan(0);
  expect(await readdir(inResources('app.asar.unpacked/node_modules/better-sqlite3/prebuilds'))).toEqual([
    'linux-x64.node',
  ]);
});

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'worker threads find what they need in the layout of the archive',
  async () => {
    const [data, shared] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(shared, 'notes.txt'), 'notes');
    const words = ['peer', '--json', '--no-lan', '--data', data, '--downloads', join(data, 'downloads')];
    const quick = ['--listen', '127.0.0.1:0', '--share', shared, '--set', 'library.settle=0'];
    const peer = new ShoalProcess([...words, ...quick], {}, inArchive('out/main/cli.js'));
    await peer.event('library', { matches: ({ files }) => files === 1 });
    peer.process.kill('SIGTERM');
    expect(await peer.status).toBe(0);
  },
);

test('the command line lies beside the program as files', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, 'hi\n');
  const { stdout } = await runNode(inResources('command-line/build/shoal.js'), 'hash', file);
  expect(stdout).toMatch(/^98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4 {2}/);
});

test('a list of supernodes with a mistake is not packed', async () => {
  const path = join(await temporaryFolder(), 'supernodes.json');
  const check = async (list: unknown) => {
    await writeFile(path, JSON.stringify(list));
    checkSupernodeFile(path);
  };
  await check({ version: 1, supernodes: [`shoal://${'a'.repeat(64)}@198.51.100.7:1214`] });
  await expect(check({ version: 1, supernodes: ['not an address'] })).rejects.toThrow('no address');
  await expect(check({ version: 2, supernodes: [] })).rejects.toThrow();
  await expect(check({ version: 1, supernodes: [], more: true })).rejects.toThrow();
});
