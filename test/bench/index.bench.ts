import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { MetadataIndex } from '../../src-main/engine/ports/index.ts';
import { WorkerMetadataIndex } from '../../src-main/platform/worker-metadata-index.ts';
import { node, pack } from '../support/index-batches.ts';
import { FileNames } from './file-names.ts';
import { atMost, type BenchReport, medianOf, type Summary, summarize } from './support.ts';

/** A full supernode (protocol section 8: 300,000 rows). */
const CHILDREN = 150;
const FILES = 2000;
const BATCH = 500;
const LIMITS = { files: 20_000, bytes: 16 * 2 ** 20 };
const QUERIES = 1000;
const NAIVE_QUERIES = 60;
/** Of so many files one is asked for. */
const KEPT_EACH = 97;
const ROUNDS = 5;
const CHANGES = 21;
const RESULTS = 100;
const SEED = 20261120;

type Metrics = Record<string, number[]>;

/** A supernode's index at full size: queries while a child is being added, and a child that comes and goes; beside it plain FTS5. */
export async function run(): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-bench-'));
  const names = new FileNames(SEED);
  const index = new WorkerMetadataIndex({ folder });
  try {
    // Only those asked for are kept: a full heap here would make the answers wait for its garbage collector, not for the index.
    const files: Descriptor[] = [];
    for (let child = 0; child < CHILDREN; child++) {
      const held = Array.from({ length: FILES }, () => names.file());
      await add(index, child, toBatches(held));
      files.push(...held.filter((_, at) => at % KEPT_EACH === 0));
    }
    const shoal: Metrics = {};
    await measureChanges(shoal, index, names);
    for (let round = 0; round < ROUNDS; round++) await measureQueries(shoal, { index, names, files });
    const naive: Metrics = {};
    measureNaive(naive, files);
    const results = { shoal: summarizeAll(shoal), 'FTS5 with rank': summarizeAll(naive) };
    return { bench: 'index', results, goals: goalsOf(results) };
  } finally {
    await index.close();
    await rm(folder, { recursive: true });
  }
}

function goalsOf(results: BenchReport['results']) {
  return [
    ...[1, 2, 3].map((words) =>
      atMost(`p99 of ${words} words while a child is added, ms`, medianOf(results, 'shoal', `p99Ms${words}Words`), 4),
    ),
    atMost('a child of 2,000 files added, ms', medianOf(results, 'shoal', 'addMs'), 40),
    atMost('a child of 2,000 files gone, ms', medianOf(results, 'shoal', 'dropMs'), 25),
  ];
}

const toBatches = (files: readonly Descriptor[]): Uint8Array[] =>
  Array.from({ length: Math.ceil(files.length / BATCH) }, (_, at) => pack(files.slice(at * BATCH, (at + 1) * BATCH)));

async function add(index: MetadataIndex, child: number, batches: readonly Uint8Array[]): Promise<void> {
  for (const batch of batches) {
    const result = await index.apply(node(child), batch, LIMITS);
    if (!result.ok) throw new Error(result.why);
  }
}

/** A child that comes to a full index and goes, with nothing else going on. The merging after each is awaited, not counted. */
async function measureChanges(metrics: Metrics, index: MetadataIndex, names: FileNames): Promise<void> {
  for (let change = 0; change < CHANGES; change++) {
    const batches = toBatches(Array.from({ length: FILES }, () => names.file()));
    push(metrics, 'addMs', await timed(() => add(index, CHILDREN, batches)));
    await index.holding(node(CHILDREN));
    push(metrics, 'dropMs', await timed(() => index.drop(node(CHILDREN))));
    await index.holding(node(CHILDREN));
  }
}

type Full = { readonly names: FileNames; readonly files: readonly Descriptor[] };

async function measureQueries(metrics: Metrics, { index, names, files }: Full & { index: MetadataIndex }) {
  const batches = toBatches(Array.from({ length: FILES }, () => names.file()));
  const changing = { on: true };
  const changes = (async () => {
    while (changing.on) {
      await add(index, CHILDREN, batches);
      await index.drop(node(CHILDREN));
    }
  })();
  for (const words of [1, 2, 3]) {
    const times: number[] = [];
    for (let query = 0; query < QUERIES; query++) {
      const file = files[(query * 7919) % files.length];
      if (!file) throw new RangeError('no files');
      const text = names.query(file, words);
      const start = (query * 0.618_034) % 1;
      times.push(await timed(() => index.search(text, { limit: RESULTS, start })));
    }
    push(metrics, `p50Ms${words}Words`, quantile(times, 0.5));
    push(metrics, `p99Ms${words}Words`, quantile(times, 0.99));
  }
  changing.on = false;
  await changes;
}

/** One table, every match ranked: what one would write first. In memory and with nothing else going on. */
function measureNaive(metrics: Metrics, asked: readonly Descriptor[]): void {
  const names = new FileNames(SEED);
  const database = new Sqlite(':memory:');
  database.exec('CREATE VIRTUAL TABLE file USING fts5 (name, descriptor)');
  const insert = database.prepare('INSERT INTO file VALUES (?, ?)');
  database.transaction(() => {
    for (let file = 0; file < CHILDREN * FILES; file++) {
      const { name, extracted } = names.file();
      insert.run(name, Object.values(extracted).join(' '));
    }
  })();
  const select = database.prepare(`SELECT name FROM file WHERE file MATCH ? ORDER BY rank LIMIT ${RESULTS}`);
  for (const words of [1, 2, 3]) {
    const times: number[] = [];
    for (let query = 0; query < NAIVE_QUERIES; query++) {
      const file = asked[(query * 7919) % asked.length];
      if (!file) throw new RangeError('no files');
      const match = names
        .query(file, words)
        .split(' ')
        .map((word) => `"${word}"`)
        .join(' ');
      const start = performance.now();
      select.all(`${match}*`);
      times.push(performance.now() - start);
    }
    push(metrics, `p50Ms${words}Words`, quantile(times, 0.5));
    push(metrics, `p99Ms${words}Words`, quantile(times, 0.99));
  }
  database.close();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function push(metrics: Metrics, metric: string, value: number): void {
  const values = metrics[metric];
  if (values) values.push(value);
  else metrics[metric] = [value];
}

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;

const summarizeAll = (metrics: Metrics): Record<string, Summary> =>
  Object.fromEntries(Object.entries(metrics).map(([metric, values]) => [metric, summarize(values)]));
