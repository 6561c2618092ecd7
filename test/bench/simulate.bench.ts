import { SIMULATION_FLAGS } from '../../build/simulation-flags.js';
import { timeProgram } from './programs.ts';
import { CLI } from './shoal-peers.ts';
import { atMost, type BenchReport, summarize } from './support.ts';

/** The larger one is what the goals are for; the smaller one tells how the time grows with the peers. */
const SIZES = [2000, 10_000] as const;

/** The simulator as people run it: `steady` for one counted hour, start and growing of the network included, on one core. */
export async function run(): Promise<BenchReport> {
  const results: Record<string, BenchReport['results'][string]> = {};
  for (const peers of SIZES) {
    const words = ['simulate', 'steady', '--peers', String(peers), '--hours', '1', '--seed', '1', '--json'];
    const { seconds, peakMiB } = await timeProgram(process.execPath, [...SIMULATION_FLAGS, CLI, ...words]);
    results[`${peers} peers`] = { seconds: summarize([seconds]), MiB: summarize([peakMiB]) };
  }
  const large = results['10000 peers'];
  const goals = [
    atMost('10,000 peers for 1 h, s', large?.seconds?.median ?? Number.NaN, 120),
    atMost('10,000 peers, MiB', large?.MiB?.median ?? Number.NaN, 2048),
  ];
  return { bench: 'simulate', results, goals };
}
