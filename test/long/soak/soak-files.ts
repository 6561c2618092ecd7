import { createCipheriv } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Words of names: a search for one of them finds files of many peers. */
export const WORDS = ['reef', 'kelp', 'coral', 'wreck', 'tide', 'pearl', 'urchin', 'lagoon'] as const;
const SEED_BYTES = 16;

/** Bytes that look random, the same for the same seed. */
export function madeBytes(seed: number, length: number): Buffer {
  const key = Buffer.alloc(SEED_BYTES, 7);
  const start = Buffer.alloc(SEED_BYTES);
  start.writeUInt32BE(seed, 0);
  return createCipheriv('aes-128-ctr', key, start).update(Buffer.alloc(length));
}

/** Lines of text, each file another. */
export const madeText = (seed: number, lines: number): string =>
  Array.from(
    { length: lines },
    (_, line) => `${seed} ${line} what the divers saw at the ${wordOf(seed + line)}\n`,
  ).join('');

export const wordOf = (number: number): string => WORDS[number % WORDS.length] ?? WORDS[0];

export async function writeMade(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}
