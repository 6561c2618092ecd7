import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { readCorpus } from './machine/corpus.ts';
import { TargetFuzzer } from './machine/target-fuzzer.ts';
import { TARGETS } from './targets/all.ts';
import { readerTargets } from './targets/readers.ts';
import type { Target } from './targets/target.ts';

/** Everything kept is played, then new inputs for this long, of each target. `npm run long -- fuzz` is guided by coverage and takes 30 minutes. */
const NEW_MS = 60;
const folder = mkdtempSync(join(tmpdir(), 'shoal-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const READERS = readerTargets(folder);
const ALL = [...TARGETS, ...READERS];
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);
process.on('unhandledRejection', note);
afterAll(() => void process.off('unhandledRejection', note));

async function playAll(fuzzer: TargetFuzzer, newMs: number): Promise<void> {
  const found = await fuzzer.play(performance.now() + newMs);
  expect(found && { ...found, input: JSON.stringify(Buffer.from(found.input).toString('latin1')) }).toBe(undefined);
  expect(unhandled).toEqual([]);
}

function fuzzerOf(target: Target): TargetFuzzer {
  const { failed, found } = readCorpus(target.name);
  return new TargetFuzzer(target, [...failed, ...found], { random: new SeededRandom(seed), onRun: () => undefined });
}

const named = (targets: readonly Target[]) => targets.map((target) => [target.name, target] as const);

test.each(named(TARGETS))(`%s, with FUZZ_SEED=${seed}`, (_, target) => playAll(fuzzerOf(target), NEW_MS));

// New inputs may hang here, where nothing ends them: descriptors.test.ts has those.
test.each(named(READERS))('%s', (_, target) => playAll(fuzzerOf(target), 0));

test('what is kept belongs to a target, and each target has a name of its own', () => {
  const names = ALL.map(({ name }) => `${name}.json`);
  expect(new Set(names).size).toBe(names.length);
  const kept = readdirSync(new URL('corpus/', import.meta.url));
  expect(kept.filter((file) => !names.includes(file))).toEqual([]);
});
