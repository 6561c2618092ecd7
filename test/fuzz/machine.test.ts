import { deepEqual } from 'node:assert/strict';
import { parseAst } from 'vite';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { COUNTERS, placeCounters } from './machine/coverage.ts';
import { instrument } from './machine/instrument.ts';
import { mutateJson } from './machine/mutate-json.ts';
import { processorMs } from './machine/processor-ms.ts';
import { TargetFuzzer } from './machine/target-fuzzer.ts';
import type { Target } from './targets/target.ts';

/** That the loop finds what is there to be found; what it finds in the program is corpus.test.ts. */

const SEED = 1;
const fuzzerOf = (target: Target) =>
  new TargetFuzzer(target, [], { random: new SeededRandom(SEED), onRun: () => undefined });
const playFor = (target: Target, ms: number) => fuzzerOf(target).play(performance.now() + ms);

/** The code of a module with its branches counted, as a function of one argument. */
function counted(code: string): (argument: unknown) => unknown {
  const { transform } = instrument(() => true);
  if (typeof transform !== 'function') throw new Error('the plugin has another form');
  const context = { parse: (text: string) => parseAst(text) };
  const made = transform.call(context as never, `const entry = (input) => { ${code} };`, 'x.js') as { code: string };
  return new Function(`${made.code}\nreturn entry;`)();
}

function placesOf(entry: (argument: unknown) => unknown, argument: unknown): number[] {
  placeCounters().fill(0);
  entry(argument);
  return [...placeCounters().keys()].filter((at) => placeCounters()[at] !== 0);
}

describe('counting branches', () => {
  test.each([
    ['if (input) return 1; else return 2;', 1, 0],
    ['return input ? 1 : 2', 1, 0],
    ['return input && 5', 1, 0],
    ['return input ?? 5', 1, undefined],
    ['for (const one of input) one;', [1], []],
    ['let at = 0; while (at < input) at++; return at', 3, 0],
    ['switch (input) { case 1: return 1; default: return 2; }', 1, 2],
    ['try { return input.a.b; } catch { return 3; }', { a: {} }, {}],
    ["const inner = () => { 'use strict'; return 1; }; return input ? inner() : (() => ({}))();", 1, 0],
  ])('%s', (code, one, other) => {
    const [plain, entry] = [new Function('input', code), counted(code)];
    for (const argument of [one, other]) deepEqual(entry(argument), plain(argument));
    expect(placesOf(entry, one)).not.toEqual(placesOf(entry, other));
    expect(placesOf(entry, one)).toEqual(placesOf(entry, one));
  });

  test('counts how often, in counters that every module shares', () => {
    const entry = counted('for (let at = 0; at < input; at++);');
    expect(globalThis).toHaveProperty(COUNTERS);
    const loop = placesOf(entry, 9).at(-1) ?? 0;
    expect(placeCounters()[loop]).toBe(9);
  });
});

/** Throws for one text in 2^24, behind a branch for each letter. */
const LOCK = 'if (input[0] === "K") { if (input[1] === "E") { if (input[2] === "Y") { throw new Error("open"); } } }';

describe('the loop', () => {
  const lock = (entry: (argument: unknown) => unknown): Target => ({
    name: 'lock',
    seeds: ['---'],
    run: (input) => void entry(Buffer.from(input).toString('latin1')),
  });

  test('finds by the branches that it sees what chance alone does not', async () => {
    // The inputs of a seed are the same each time: it comes to an end.
    const found = await playFor(lock(counted(LOCK)), Number.POSITIVE_INFINITY);
    expect(Buffer.from(found?.input ?? []).toString('latin1')).toMatch(/^KEY/);
    expect(await playFor(lock(new Function('input', LOCK) as (argument: unknown) => unknown), 500)).toBe(undefined);
  });

  test('tells what throws, what rejects and what is slow, and not what a target may fail with', async () => {
    const failing = (run: Target['run'], failures: Target['failures'] = []): Target => ({
      name: 'x',
      seeds: ['a'],
      failures,
      run,
    });
    const coded = Object.assign(new Error('no'), { code: 'data.newer' });
    const fail = () => {
      throw coded;
    };
    expect((await playFor(failing(fail), 50))?.why).toContain('no');
    expect(
      (
        await playFor(
          failing(async () => fail()),
          50,
        )
      )?.why,
    ).toContain('no');
    expect(await playFor(failing(fail, ['data.newer']), 50)).toBe(undefined);
    const wait = () => {
      for (const untilMs = processorMs() + 450; processorMs() < untilMs; );
    };
    expect((await playFor(failing(wait), 50))?.why).toMatch(/^took \d+ ms for 1 bytes$/);
  });

  test('the same seed makes the same inputs', async () => {
    const inputs = async () => {
      const seen: string[] = [];
      const run = (input: Uint8Array) => void (seen.length < 500 && seen.push(Buffer.from(input).toString('base64')));
      await playFor({ name: 'x', seeds: ['{"a":[1,"b"]}'], isJson: true, run }, 200);
      return seen;
    };
    expect(await inputs()).toEqual(await inputs());
  });
});

test('JSON is changed into JSON, of every kind', () => {
  const random = new SeededRandom(SEED);
  const input = Buffer.from('{"a":[1,{"b":"c"}],"d":null}');
  const made = Array.from({ length: 500 }, () => Buffer.from(mutateJson(input, random) ?? []).toString());
  expect(new Set(made).size).toBeGreaterThan(200);
  for (const text of made) expect(() => JSON.parse(text), text.slice(0, 200)).not.toThrow();
  expect(made.some((text) => text.includes('[[[[') || text.includes('{"a":{"a":{"a":'))).toBe(true);
  expect(mutateJson(Buffer.from('{'), random)).toBe(undefined);
});
