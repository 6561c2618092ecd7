import { Worker } from 'node:worker_threads';
import { type FuzzMessage, type FuzzOrder, type TargetFigures, UNHANDLED } from './fuzz-thread.ts';
import { SharedInput } from './shared-input.ts';
import type { Finding } from './target-fuzzer.ts';

export type FuzzResult = {
  readonly findings: readonly Finding[];
  /** Inputs that hung, took all memory or left a rejection to nobody, where the program ends the thread for that. */
  readonly bounded: readonly Finding[];
  /** After each round of all targets and a full collection, MiB; anew for each thread. */
  readonly heapMib: readonly (readonly number[])[];
  readonly kept: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly figures: readonly TargetFigures[];
};
type Options = {
  readonly order: Omit<FuzzOrder, 'shared' | 'skipped'>;
  readonly isBounded: boolean;
};

/** One input that takes longer hangs. */
const HANG_MS = 20_000;
const LOOK_MS = 1000;
/** JavaScript memory of the thread, MiB: an input that takes more ends it. */
const HEAP_MIB = 1024;
/** The same fault is told again and again. */
const MOST_FINDINGS = 50;

/** Runs the built thread until the time is over; begins again without a target that hangs or takes all memory. */
export async function fuzzInThread(thread: URL, { order, isBounded }: Options): Promise<FuzzResult> {
  const findings = new Map<string, Finding>();
  const bounded: Finding[] = [];
  const heapMib: number[][] = [];
  const kept = new Map<string, readonly Uint8Array[]>();
  const figures: TargetFigures[] = [];
  const skipped: string[] = [];
  const take = (message: FuzzMessage): void => {
    if (message.kind === 'heap') heapMib.at(-1)?.push(message.mib);
    else if (message.kind === 'kept') kept.set(message.target, message.inputs);
    else if (message.kind === 'end') figures.push(...message.figures);
    else if (isBounded && message.finding.why.startsWith(UNHANDLED)) bounded.push(message.finding);
    else if (findings.size < MOST_FINDINGS) addFinding(findings, message.finding);
  };
  for (let runs = 0; Date.now() < order.untilMs; runs++) {
    heapMib.push([]);
    const ended = await runOnce(thread, { ...order, seed: order.seed + runs, skipped }, take);
    if (!ended) break;
    if (isBounded) bounded.push(ended);
    else addFinding(findings, ended);
    if (!isBounded) skipped.push(ended.target);
  }
  return { findings: [...findings.values()], bounded, heapMib, kept, figures };
}

/** By target and by what it says first: the shortest input that shows it. */
function addFinding(findings: Map<string, Finding>, finding: Finding): void {
  const [first = '', second = ''] = finding.why.split('\n').filter((line) => line.trim() !== '');
  const key = `${finding.target} ${first.replace(/\d+/g, '#').slice(0, 100)} ${second.replace(/\d+/g, '#')}`;
  const before = findings.get(key);
  if (!before) console.error(`${finding.target}: ${finding.why}`);
  if (!before || finding.input.length < before.input.length) findings.set(key, finding);
}

/** Undefined when the thread came to its end; else why it did not. */
function runOnce(
  thread: URL,
  order: Omit<FuzzOrder, 'shared'>,
  take: (message: FuzzMessage) => void,
): Promise<Finding | undefined> {
  const shared = SharedInput.make();
  const input = new SharedInput(shared);
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MIB };
  const worker = new Worker(thread, { workerData: { ...order, shared } satisfies FuzzOrder, resourceLimits });
  const finding = (why: string): Finding => ({ target: input.target, why, input: input.bytes() });
  return new Promise((resolve) => {
    let [run, sinceMs] = [0, performance.now()];
    const looking = setInterval(() => {
      if (input.run !== run || run === 0) [run, sinceMs] = [input.run, performance.now()];
      else if (performance.now() - sinceMs > HANG_MS) settle(finding(`hangs for more than ${HANG_MS / 1000} s`));
    }, LOOK_MS);
    const settle = (result: Finding | undefined): void => {
      clearInterval(looking);
      resolve(result);
      void worker.terminate();
    };
    worker.on('message', (message: FuzzMessage) => {
      take(message);
      if (message.kind === 'end') settle(undefined);
    });
    worker.once('error', (error) => settle(finding(`ended the thread: ${error.stack}`)));
    worker.once('exit', (status) => settle(finding(`the thread ended with ${status}`)));
  });
}
