#!/usr/bin/env node
// Opens the window. Looks for Electron's program without loading the package, whose index would start a download.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageFolder = join(root, 'node_modules/electron');
const nameFile = join(packageFolder, 'path.txt');
const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8').trim() : 'electron';
const program = join(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(packageFolder, 'dist'), name);

if (existsSync(program)) {
  const child = spawn(program, [root, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  process.stderr.write(
    'shoal: Electron is not installed here ("npx install-electron" fetches it); the command line works without: "npm run shoal -- --help"\n',
  );
  process.exitCode = 1;
}
