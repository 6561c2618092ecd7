import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file that its owner alone can read (0600), whole or not at all; fails with the system's error. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
  await rename(temporary, path);
}
