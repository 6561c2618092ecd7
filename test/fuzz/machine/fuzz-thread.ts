import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import type { Target } from '../targets/target.ts';
import { SharedInput } from './shared-input.ts';
import { type Finding, TargetFuzzer } from './target-fuzzer.ts';

/** What a thread is to do; `skipped` hang, or take all memory. */
export type FuzzOrder = {
  readonly seed: number;
  readonly untilMs: number;
  /** How long each target has its turn. */
  readonly turnMs: number;
  readonly shared: SharedArrayBuffer;
  readonly skipped: readonly string[];
  /** For files that it writes. */
  readonly folder: string;
  /** What is known, by target. */
  readonly inputs: Readonly<Record<string, readonly Uint8Array[]>>;
};
export type TargetFigures = { readonly target: string; readonly runs: number; readonly places: number };
export type FuzzMessage =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'heap'; readonly mib: number }
  | { readonly kind: 'kept'; readonly target: string; readonly inputs: readonly Uint8Array[] }
  | { readonly kind: 'end'; readonly figures: readonly TargetFigures[] };

/** How what is told of a rejection begins that nobody handled. */
export const UNHANDLED = 'nobody handled';
/** What is kept in the repository of one target, bytes. */
const KEPT_INPUT = 700;
const KEPT_BYTES = 3000;

const say = (message: FuzzMessage): void => parentPort?.postMessage(message);

/** All targets in turns, until the time is over. */
export async function fuzz(targets: readonly Target[]): Promise<void> {
  const { seed, untilMs, turnMs, shared, skipped, inputs }: FuzzOrder = workerData;
  const random = new SeededRandom(seed);
  const input = new SharedInput(shared);
  const fuzzers = targets
    .filter(({ name }) => !skipped.includes(name))
    .map((target) => {
      const onRun = (bytes: Uint8Array) => input.begin(target.name, bytes);
      return new TargetFuzzer(target, inputs[target.name] ?? [], { random, onRun });
    });
  let playing = '';
  process.on('unhandledRejection', (error) => say({ kind: 'finding', finding: unhandled(playing, input, error) }));
  while (Date.now() < untilMs) {
    for (const fuzzer of fuzzers) {
      playing = fuzzer.target.name;
      const finding = await fuzzer.play(performance.now() + Math.min(turnMs, untilMs - Date.now()));
      if (finding) say({ kind: 'finding', finding });
      input.rest();
      // Rejections that nobody handles are told between turns of the event loop.
      await turn();
    }
    await collectGarbage();
    say({ kind: 'heap', mib: process.memoryUsage().heapUsed / 2 ** 20 });
  }
  await tellKept(fuzzers, input);
}

async function tellKept(fuzzers: readonly TargetFuzzer[], input: SharedInput): Promise<void> {
  for (const fuzzer of fuzzers) {
    const { name } = fuzzer.target;
    say({ kind: 'kept', target: name, inputs: await fuzzer.smallest(KEPT_INPUT, KEPT_BYTES) });
    input.rest();
    await turn();
  }
  say({ kind: 'end', figures: fuzzers.map(({ target, runs, places }) => ({ target: target.name, runs, places })) });
}

const unhandled = (target: string, input: SharedInput, error: unknown): Finding => ({
  target,
  why: `${UNHANDLED}: ${error instanceof Error ? error.stack : String(error)}`,
  input: input.bytes(),
});
