import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkSupernodeFile } from './supernode-file.ts';

/**
 * Makes the packages of this system into dist/: `npm run package`, with electron-builder's options after `--`. SUPERNODES=FILE puts that
 * list of supernodes in place of the empty one of resources/.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const run = (words: readonly string[]): void => {
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

if (process.env.SUPERNODES) checkSupernodeFile(process.env.SUPERNODES);
run(['node_modules/electron-vite/bin/electron-vite.js', 'build']);
run(['build/icons/write.ts']);
run(['node_modules/electron-builder/cli.js', '--config', 'build/electron-builder.cjs', ...process.argv.slice(2)]);
