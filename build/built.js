// Builds what the programs run when it is missing or older than the sources. Plain JavaScript that old versions of Node can read.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['src-main', 'src-renderer', 'resources', 'build/icons', 'electron.vite.config.ts', 'package.json'];
/** Written last by each step of the build. */
const BUILT = ['out/renderer/index.html', 'out/main/main.js', 'out/preload/preload.cjs', 'out/icons/icon-256.png'];

/** Whether out/ holds a build of these sources; an installed copy comes without them. */
export function isBuilt() {
  const times = BUILT.map((path) => timeOf(join(root, path)));
  return times.every((time) => time > 0) && newest(SOURCES) <= Math.min(...times);
}

/** Builds unless that was done; gives whether there is a build. Its progress goes to stderr. */
export function ensureBuilt() {
  if (isBuilt()) return true;
  if (!existsSync(join(root, 'node_modules/electron-vite'))) return BUILT.every((path) => existsSync(join(root, path)));
  process.stderr.write('shoal: building, this takes some seconds\n');
  const node = ownNode();
  const steps = [
    ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'],
    ['build/icons/write.ts'],
  ];
  return steps.every((step) => run(node, step));
}

/** The Node that npm installed: an older one on the system cannot build. */
export function ownNode() {
  const path = join(
    root,
    process.platform === 'win32' ? 'node_modules/node/bin/node.exe' : 'node_modules/node/bin/node',
  );
  return existsSync(path) ? path : process.execPath;
}

const run = (program, words) => spawnSync(program, words, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;

const newest = (paths) =>
  Math.max(
    0,
    ...paths.map((path) => {
      const full = join(root, path);
      const found = statSync(full, { throwIfNoEntry: false });
      if (!found?.isDirectory()) return found?.mtimeMs ?? 0;
      return newest(readdirSync(full).map((name) => join(path, name)));
    }),
  );

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
