import { join } from 'node:path';
import { inFolder } from './bench-folder.ts';
import { MeasuredSupernode } from './supernode/measured-supernode.ts';
import { PlayedLoad } from './supernode/played-load.ts';
import { atLeast, atMost, type BenchReport, type Goal, measureInTurns, medianOf } from './support.ts';

/** A full supernode (protocol sections 7, 8). */
const CROWD = { children: 150, filesEach: 2000, neighbours: 50, seed: 20_261_127 };
const STEADY = { seconds: 60, asksPerSecond: 100, searchesPerSecond: 5 };
const ROUNDS = 3;

/** One real supernode at the work it is made for; its children and neighbours are played by another process, over TLS on loopback. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const supernode = await MeasuredSupernode.start(
      join(folder, 'supernode'),
      '--downloads',
      join(folder, 'downloads'),
    );
    try {
      const load = await PlayedLoad.start(supernode.target, CROWD);
      try {
        const results = await measureInTurns({ steady: () => steady(supernode, load) }, ROUNDS);
        return { bench: 'supernode', results, goals: steadyGoals(results) };
      } finally {
        await load.stop();
      }
    } finally {
      await supernode.stop();
    }
  });
}

async function steady(supernode: MeasuredSupernode, load: PlayedLoad): Promise<Record<string, number>> {
  const { cost, result } = await supernode.during(() => load.run(STEADY));
  const metrics = await supernode.scrape();
  const counted = (name: string) => metrics.get(name) ?? Number.NaN;
  const held = {
    children: counted('shoal_children'),
    neighbours: counted('shoal_neighbours'),
    files: counted('shoal_index_files'),
  };
  return { ...held, ...cost, ...result };
}

function steadyGoals(results: BenchReport['results']): Goal[] {
  const of = (metric: string) => medianOf(results, 'steady', metric);
  return [
    atLeast('children', of('children'), CROWD.children),
    atLeast('neighbours', of('neighbours'), CROWD.neighbours),
    atLeast('files in the index', of('files'), CROWD.children * CROWD.filesEach),
    atLeast('queries answered a second', of('answeredPerSecond'), 0.99 * STEADY.asksPerSecond),
    atMost('percent of a core', of('corePercent'), 25),
    atMost('resident memory, MiB', of('MiB'), 400),
  ];
}
