#!/usr/bin/env node
// Opens the application, built first when it is not; without Electron or a display, runs the peer with its page for a browser.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, ownNode } from './built.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageFolder = join(root, 'node_modules/electron');
/** A network that swallows everything must not keep anybody waiting. */
const FETCH_LIMIT_MS = 10 * 60_000;

const words = process.argv.slice(2);
if (!ensureBuilt()) {
  process.stderr.write('shoal: the build failed: see above\n');
  process.exitCode = 1;
} else {
  const missing = whyNoDisplay() ?? (await whyNoElectron());
  if (missing === undefined) runProgram(electronProgram(), [root, ...words]);
  else startPeer(missing);
}

/** Where the program lies, looked for without loading the package, whose index would fetch it silently. */
function electronProgram() {
  const nameFile = join(packageFolder, 'path.txt');
  const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8').trim() : 'electron';
  return join(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(packageFolder, 'dist'), name);
}

function whyNoDisplay() {
  const isSeen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return isSeen ? undefined : 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}

async function whyNoElectron() {
  if (existsSync(electronProgram())) return undefined;
  if (!existsSync(packageFolder)) return 'Electron is not installed';
  if (isSkipped()) return 'Electron is missing, and ELECTRON_SKIP_BINARY_DOWNLOAD is set';
  process.stderr.write('shoal: fetching Electron, once\n');
  const why = await fetchElectron();
  return existsSync(electronProgram()) ? undefined : `Electron cannot be fetched (${why})`;
}

function isSkipped() {
  const { ELECTRON_SKIP_BINARY_DOWNLOAD, npm_config_electron_skip_binary_download } = process.env;
  return Boolean(ELECTRON_SKIP_BINARY_DOWNLOAD || npm_config_electron_skip_binary_download);
}

/** By the package's own installer, which draws a bar of progress on a terminal; gives why it failed, if it did. */
function fetchElectron() {
  const isTerminal = process.stderr.isTTY === true;
  const child = spawn(ownNode(), [join(packageFolder, 'install.js')], {
    cwd: root,
    stdio: ['ignore', 'inherit', isTerminal ? 'inherit' : 'pipe'],
    timeout: FETCH_LIMIT_MS,
  });
  let said = '';
  child.stderr?.on('data', (bytes) => {
    said = `${said}${bytes}`.slice(-4000);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (_code, signal) => resolve(signal ? 'it took too long' : firstLine(said)));
  });
}

function firstLine(text) {
  return text.trim().split('\n')[0] || 'its installer failed';
}

/** The same engine and page, without a window. The application's own words are those of `shoal peer`, but one. */
function startPeer(why) {
  process.stderr.write(`shoal: ${why}: running the peer with its page for a browser instead\n`);
  const peerWords = words.filter((word) => word !== '--hidden');
  const page = peerWords.includes('--web') ? [] : ['--web'];
  runProgram(process.execPath, [fileURLToPath(new URL('shoal.js', import.meta.url)), 'peer', ...peerWords, ...page]);
}

function runProgram(program, programWords) {
  const child = spawn(program, programWords, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`shoal: cannot start ${program}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
