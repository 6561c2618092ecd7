import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds out/ twice, in two folders with different names, and compares every byte: `npm run reproducible`. */
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'shoal-builds-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && statSync(join(root, path), { throwIfNoEntry: false })?.isFile());

async function build(name: string): Promise<string> {
  const folder = join(work, name);
  for (const path of sources) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const words of [
    ['node_modules/electron-vite/bin/electron-vite.js', 'build'],
    ['build/icons/write.ts'],
    ['build/sbom.ts'],
  ]) {
    const builder = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const [status] = await once(builder, 'close');
    if (status !== 0) throw new Error(`${words[0]} ended with ${status}`);
  }
  return join(folder, 'out');
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const [first, second] = await Promise.all([build('one'), build('another-folder/below')]);
const names = [...new Set([...filesOf(first), ...filesOf(second)])];
const read = (folder: string, name: string) => {
  const path = join(folder, name);
  return statSync(path, { throwIfNoEntry: false }) && readFileSync(path);
};
const different = names.filter((name) => {
  const [one, other] = [read(first, name), read(second, name)];
  return !one || !other || !one.equals(other);
});
for (const name of different) process.stderr.write(`differs: out/${name}\n`);
process.stdout.write(`${names.length} files, ${different.length} differ\n`);
process.exitCode = different.length > 0 || names.length === 0 ? 1 : 0;
