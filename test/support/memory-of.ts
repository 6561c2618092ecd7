import { readFile } from 'node:fs/promises';
import type { LivePeer } from './live-peer.ts';

/** Resident memory of the process, MiB; on Linux. */
export async function memoryOf(peer: LivePeer): Promise<number> {
  const status = await readFile(`/proc/${peer.process.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
