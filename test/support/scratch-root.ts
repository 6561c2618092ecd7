import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'shoal-tests-';
const NAME = /^shoal-tests-(\d+)$/;

/**
 * Set-up of every test run: all its temporary folders lie in one of its own, which goes when the run ends. A run that was killed could
 * not clear up after itself, so the next one does it.
 */
export default function setUp(): (() => void) | undefined {
  const system = tmpdir();
  // Another project of the same run was here before.
  if (NAME.test(system.split(/[\\/]/).at(-1) ?? '')) return undefined;
  for (const name of readdirSync(system)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) clear(join(system, name));
  }
  const root = join(system, `${PREFIX}${process.pid}`);
  mkdirSync(root, { mode: 0o700 });
  for (const variable of ['TMPDIR', 'TEMP', 'TMP']) process.env[variable] = root;
  return () => {
    const left = readdirSync(root).filter((name) => name.startsWith('shoal-'));
    if (left.length > 0) process.stderr.write(`tests left folders behind: ${left.join(' ')}\n`);
    clear(root);
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function clear(root: string): void {
  for (const path of mountedBelow(root)) spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
  rmSync(root, { recursive: true, force: true });
}

/** Disks of tests that were not unmounted. */
function mountedBelow(root: string): readonly string[] {
  if (process.platform !== 'linux') return [];
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts.map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${root}/`));
}
