import { fileURLToPath } from 'node:url';
import { Program } from '../programs.ts';

const SCRIPT = fileURLToPath(new URL('libtorrent_swarm.py', import.meta.url));

/** A libtorrent v2 swarm with one seed for each rate (bytes a second, 0 = no limit). */
export async function fetchByLibtorrent(
  folder: string,
  file: string,
  rates: readonly number[],
): Promise<{ seconds: number; peakMiB: number }> {
  const program = new Program('/usr/bin/python3', [SCRIPT, file, folder, ...rates.map(String)]);
  const status = await program.ended;
  const [seconds, peakMiB] = (program.lines[0] ?? '').split(' ').map(Number);
  if (status !== 0 || seconds === undefined || peakMiB === undefined)
    throw new Error(`libtorrent ended with ${status}`);
  return { seconds, peakMiB };
}
