import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescriptorPool } from '../../../src-main/platform/descriptors/descriptor-pool.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { PDF } from '../../support/media.ts';
import { TARGETS } from '../targets/all.ts';
import { readerTargets } from '../targets/readers.ts';
import type { Target } from '../targets/target.ts';
import { buildThread } from './build-thread.ts';
import { readCorpus, writeCorpus } from './corpus.ts';
import { growthOf } from './growth.ts';
import type { Finding } from './target-fuzzer.ts';
import { type FuzzResult, fuzzInThread } from './watch-thread.ts';

export type DecoderFigures = {
  readonly targets: number;
  readonly runs: number;
  readonly places: number;
  readonly faults: number;
  /** Inputs that hung or swelled where the program ends that, as DescriptorPool did. */
  readonly bounded: number;
  readonly heapGrowthMib: number;
};
type Options = {
  readonly seed: number;
  readonly ms: number;
  readonly folder: string;
  /** Whether what was found is written to the corpus. */
  readonly isKept: boolean;
};

/** Of the time; the others have the rest. */
const READERS_SHARE = 0.25;
const TURN_MS = 400;
/** Each takes the time that the pool gives it. */
const MOST_BOUNDED = 30;
/** A longer one that failed is told, and kept by whoever makes it shorter. */
const LONGEST_KEPT = 4096;
/** So that each target has two turns. */
const LEAST_ROUNDS = 2;

/** All decoders in a thread whose branches are counted, then all readers of files. */
export async function playDecoders({ seed, ms, folder, isKept }: Options): Promise<DecoderFigures> {
  const readers = readerTargets(folder);
  const results: FuzzResult[] = [];
  for (const [name, targets, share] of [
    ['decoders', TARGETS, 1 - READERS_SHARE],
    ['readers', readers, READERS_SHARE],
  ] as const) {
    const thread = await buildThread(name, folder);
    const inputs = Object.fromEntries(targets.map((target) => [target.name, knownInputs(target)]));
    const turnMs = Math.min(TURN_MS, (ms * share) / targets.length / LEAST_ROUNDS);
    const order = { seed, untilMs: Date.now() + ms * share, turnMs, folder, inputs };
    const result = await fuzzInThread(thread, { order, isBounded: name === 'readers' });
    results.push(result);
    keep(targets, result, isKept);
  }
  return summarize(
    results,
    await unended(
      results.flatMap(({ bounded }) => bounded),
      folder,
    ),
  );
}

function knownInputs({ name }: Target): readonly Uint8Array[] {
  const { failed, found } = readCorpus(name);
  return [...failed, ...found];
}

/** Faults are always kept, and told so that they can be played again. */
function keep(targets: readonly Target[], { findings, kept }: FuzzResult, isKept: boolean): void {
  for (const { name } of targets) {
    const before = readCorpus(name);
    const faults = findings.filter(({ target }) => target === name);
    for (const { input, why } of faults)
      console.error(`${name}: ${why}\ninput, base64: ${Buffer.from(input).toString('base64')}`);
    const found = (isKept ? kept.get(name) : undefined) ?? before.found;
    if (!isKept && faults.length === 0) continue;
    const failed = faults.map(({ input }) => input).filter(({ length }) => length <= LONGEST_KEPT);
    writeCorpus(name, { failed: [...before.failed, ...failed], found });
  }
}

/** Those after which the pool that the program has does not read the next file as ever. */
async function unended(bounded: readonly Finding[], folder: string): Promise<readonly Finding[]> {
  const pool = new DescriptorPool({ logger: new MemoryLogger(), threads: 1 });
  const found: Finding[] = [];
  const good = join(folder, 'good.pdf');
  await writeFile(good, PDF);
  const expected = JSON.stringify(await pool.describe(good));
  for (const [at, finding] of bounded.slice(0, MOST_BOUNDED).entries()) {
    const path = join(folder, `bounded-${at}.${finding.target.slice('file-'.length)}`);
    await writeFile(path, finding.input);
    const read = [
      () => pool.describe(path),
      () => pool.passiveType(finding.input),
      () => pool.contentType(finding.input),
    ];
    try {
      for (const one of read) await one();
      if (JSON.stringify(await pool.describe(good)) !== expected) found.push(finding);
    } catch {
      found.push(finding);
    }
  }
  for (const { target, why, input } of found)
    console.error(
      `the pool goes wrong after ${target}: ${why}\ninput, base64: ${Buffer.from(input).toString('base64')}`,
    );
  await pool.stop();
  return found;
}

function summarize(results: readonly FuzzResult[], unendedOnes: readonly Finding[]): DecoderFigures {
  const figures = results.flatMap((result) => result.figures);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    targets: figures.length,
    runs: sum(figures.map(({ runs }) => runs)),
    places: sum(figures.map(({ places }) => places)),
    faults: sum(results.map(({ findings }) => findings.length)) + unendedOnes.length,
    bounded: sum(results.map(({ bounded }) => bounded.length)),
    heapGrowthMib: Math.max(0, ...results.flatMap(({ heapMib }) => heapMib.map(growthOf))),
  };
}
