import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `work` in a folder of its own, removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file of bytes that look random (AES-CTR of zeros), the same each time. */
export function makeBigFile(folder: string, name: string, bytes: number): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(2 ** 22);
  const file = openSync(path, 'w');
  for (let at = 0; at < bytes; at += zeros.length)
    writeSync(file, cipher.update(zeros.subarray(0, Math.min(zeros.length, bytes - at))));
  closeSync(file);
  return path;
}

/**
 * Writes and removes a file of `bytes`. On a virtual machine, memory that was free for seconds has gone back to the host, and the first
 * writer pays for getting it again (measured here: 2.9 s for 1 GiB against 0.25 s). Called right before each measured download, so
 * that no program pays for another's pause.
 */
export function warmPageCache(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  rmSync(makeBigFile(folder, 'warm-up', bytes));
}
