#!/usr/bin/env node
// Starts the command line: from source when it is there, else from the build. Plain JavaScript that old versions of Node can
// read, so that they can say what is wrong or start the newer one that npm installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SIMULATION_FLAGS } from './simulation-flags.js';

/** The first Node that runs TypeScript as it is and better-sqlite3 safely: package.json, engines. */
const NEEDED = [22, 18];
const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const SOURCE = inRoot('src-main/cli.ts');
const BUILT = inRoot('out/main/cli.js');
const OWN_NODE = inRoot(process.platform === 'win32' ? 'node_modules/node/bin/node.exe' : 'node_modules/node/bin/node');

const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
const entry = existsSync(SOURCE) ? SOURCE : BUILT;

const FLAGS = process.argv[2] === 'simulate' ? SIMULATION_FLAGS : [];

if (process.argv[2] === 'demo' || process.argv.includes('--web')) await build();

if (isNewEnough) {
  keepCompiled(inRoot('node_modules/.cache/shoal'));
  if (FLAGS.length > 0) runWith(process.execPath);
  else await import(pathToFileURL(entry).href);
} else if (existsSync(OWN_NODE)) {
  runWith(OWN_NODE);
} else {
  process.stderr.write(`shoal: this is Node ${process.versions.node}; install Node ${NEEDED.join('.')} or newer\n`);
  process.exitCode = 1;
}

/** The page comes only from a build; what else is wrong with it, the command says. */
async function build() {
  const { ensureBuilt } = await import('./built.js');
  ensureBuilt();
}

/**
 * Keeps compiled and stripped modules: the next start takes a third of the time, and each thread 15 MB less, because none needs the
 * compiler. Worker threads and child processes learn of it from the environment. A folder that cannot be written costs nothing else.
 */
function keepCompiled(folder) {
  process.env.NODE_COMPILE_CACHE ??= folder;
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

function runWith(program) {
  const child = spawn(program, [...FLAGS, entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`shoal: cannot start ${program}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    // What killed the child ends this process alike, so that whoever waits for it sees the same.
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
