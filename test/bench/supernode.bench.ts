import { join } from 'node:path';
import { inFolder } from './bench-folder.ts';
import { MeasuredSupernode } from './supernode/measured-supernode.ts';
import { PlayedLoad } from './supernode/played-load.ts';
import { OtherWork } from './supernode/under-load.ts';
import { atLeast, atMost, type BenchReport, type Goal, measureInTurns, medianOf } from './support.ts';

/** A full supernode (protocol sections 7, 8). */
const CROWD = { children: 150, filesEach: 2000, neighbours: 50, seed: 20_261_127 };
const STEADY = { seconds: 60, asksPerSecond: 100, searchesPerSecond: 5 };
/** Of design section 3, beside a download of 1 GiB and a scan of 100,000 files. */
const HEAVY = { seconds: 60, asksPerSecond: 1000, searchesPerSecond: 5 };
const ROUNDS = 3;

/** One real supernode at the work it is made for; its children and neighbours are played by another process, over TLS on loopback. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const results = {
      ...(await measureSteady(join(folder, 'steady'))),
      ...(await measureHeavy(join(folder, 'heavy'))),
    };
    return { bench: 'supernode', results, goals: [...steadyGoals(results), ...heavyGoals(results)] };
  });
}

function measureSteady(folder: string): Promise<BenchReport['results']> {
  return withSupernode(folder, { hasProbe: false }, (supernode, load) =>
    measureInTurns({ steady: () => steady(supernode, load) }, ROUNDS),
  );
}

function measureHeavy(folder: string): Promise<BenchReport['results']> {
  return withSupernode(folder, { hasProbe: true }, async (supernode, load) => {
    const work = await OtherWork.prepare(supernode, folder);
    try {
      const programs = {
        'download alone': async () => ({ MBps: await work.downloadAlone() }),
        'under load': () => work.all(supernode, load, HEAVY),
      };
      return await measureInTurns(programs, ROUNDS);
    } finally {
      await work.stop();
    }
  });
}

async function withSupernode<T>(
  folder: string,
  options: { readonly hasProbe: boolean },
  measure: (supernode: MeasuredSupernode, load: PlayedLoad) => Promise<T>,
): Promise<T> {
  const words = ['--downloads', join(folder, 'downloads'), '--set', 'downloads.share=off'];
  const supernode = await MeasuredSupernode.start(join(folder, 'supernode'), words, options);
  try {
    const load = await PlayedLoad.start(supernode.target, CROWD);
    try {
      return await measure(supernode, load);
    } finally {
      await load.stop();
    }
  } finally {
    await supernode.stop();
  }
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

function heavyGoals(results: BenchReport['results']): Goal[] {
  const of = (metric: string) => medianOf(results, 'under load', metric);
  return [
    atLeast('queries answered a second under load', of('answeredPerSecond'), 0.99 * HEAVY.asksPerSecond),
    atMost('p99 of event-loop delay under load, ms', of('loopDelayMsP99'), 50),
    atMost('longest task of the event loop under load, ms', of('longestTaskMs'), 10),
    atMost('p99 of queries under load, ms', of('askMsP99'), 100),
    atLeast('speed of the download against alone', of('MBps') / medianOf(results, 'download alone', 'MBps'), 0.5),
  ];
}
