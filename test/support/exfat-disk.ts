import { spawnSync } from 'node:child_process';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { onTestFinished } from 'vitest';

const MIB = 2 ** 20;
const run = (program: string, words: readonly string[]) =>
  spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });

/** Whether a disk with exFAT can be made and mounted here (root, loop devices, FUSE; Debian: exfatprogs, exfat-fuse). */
export function canMountExfat(): boolean {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const has = (program: string) => run('which', [program]).status === 0;
  if (!isRoot || !['losetup', 'mkfs.exfat', 'mount.exfat-fuse'].every(has)) return false;
  return run('losetup', ['--find']).status === 0 && run('test', ['-c', '/dev/fuse']).status === 0;
}

/** Mounts at the folder `path`, until the test ends, a disk as USB sticks are: names without regard to case, no hard links, no sparse files, no owners. */
export async function mountExfat(path: string, mebibytes: number): Promise<void> {
  const image = `${path}.image`;
  await writeFile(image, '');
  await truncate(image, mebibytes * MIB);
  const device = must('losetup', ['--find', '--show', image]).trim();
  onTestFinished(async () => {
    run('umount', ['--lazy', path]);
    run('losetup', ['--detach', device]);
    await rm(image, { force: true });
  });
  must('mkfs.exfat', [device]);
  must('mount.exfat-fuse', [device, path]);
}

function must(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = run(program, words);
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
  return stdout;
}
