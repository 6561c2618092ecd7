import { fileURLToPath } from 'node:url';
import { Program } from '../programs.ts';

const SCRIPT = fileURLToPath(new URL('libtorrent_swarm.py', import.meta.url));

type Fetched = { readonly seconds: number; readonly peakMiB: number };

/** A libtorrent v2 swarm with one seed for each rate (bytes a second, 0 = no limit). */
export const fetchByLibtorrent = (folder: string, file: string, rates: readonly number[]): Promise<Fetched> =>
  run(file, folder, ...rates.map(String));

/** One seed of that rate, and peers who know each other and begin together: the seconds until the last of them has the file. */
export const swarmByLibtorrent = async (folder: string, file: string, peers: number, rate: number): Promise<number> =>
  (await run(file, folder, 'peers', String(peers), String(rate))).seconds;

async function run(...words: readonly string[]): Promise<Fetched> {
  const program = new Program('/usr/bin/python3', [SCRIPT, ...words]);
  const status = await program.ended;
  const [seconds, peakMiB] = (program.lines[0] ?? '').split(' ').map(Number);
  if (status !== 0 || seconds === undefined || peakMiB === undefined)
    throw new Error(`libtorrent ended with ${status}`);
  return { seconds, peakMiB };
}
