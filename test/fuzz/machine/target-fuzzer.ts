import type { Random } from '../../../src-main/engine/ports/random.ts';
import { LONGEST_INPUT, type Target, toInput } from '../targets/target.ts';
import { Coverage } from './coverage.ts';
import { mutate, type Shape } from './mutate.ts';
import { processorMs } from './processor-ms.ts';

/** What is wrong with a target, and the input that shows it. */
export type Finding = { readonly target: string; readonly why: string; readonly input: Uint8Array };

/** Of one input of 64 KiB at most, three times in a row: nothing that the program does on its main thread may take that long. Of the processor, where Node tells. */
const SLOW_MS = 400;
const SLOW_TRIES = 3;
/** Inputs kept of one target: what goes somewhere new; beyond that, what came first goes. */
const MOST_KEPT = 1000;
/** Of ten inputs so many are made of one of the newest. */
const NEWEST = 20;

type Deps = {
  readonly random: Random;
  /** Told before each run. */
  readonly onRun: (input: Uint8Array) => void;
};

/** Makes inputs for one target, keeps those that go somewhere new, and tells what goes wrong. */
export class TargetFuzzer {
  readonly target: Target;
  runs = 0;
  readonly #deps: Deps;
  readonly #shape: Shape;
  readonly #coverage = new Coverage();
  readonly #kept: Uint8Array[] = [];
  readonly #waiting: Uint8Array[];

  constructor(target: Target, inputs: readonly Uint8Array[], deps: Deps) {
    this.target = target;
    this.#deps = deps;
    this.#waiting = [...target.seeds.map(toInput), ...inputs];
    this.#shape = {
      maxBytes: target.maxBytes ?? LONGEST_INPUT,
      words: (target.words ?? []).map(toInput),
      isJson: target.isJson ?? false,
    };
  }

  get places(): number {
    return this.#coverage.places;
  }

  /** Plays what is known first, then new inputs, until the time is over or something is wrong. */
  async play(untilMs: number): Promise<Finding | undefined> {
    while (this.#waiting.length > 0 || performance.now() < untilMs) {
      const isKnown = this.#waiting.length > 0;
      const input = this.#waiting.shift() ?? this.#next();
      const why = await this.#why(input, isKnown);
      if (why !== undefined) return { target: this.target.name, why, input };
    }
    return undefined;
  }

  /** The shortest inputs that together go everywhere that inputs of this length go, at most so many bytes. */
  async smallest(maxInput: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    const coverage = new Coverage();
    const chosen: Uint8Array[] = [];
    let room = maxBytes;
    for (const input of this.#kept.toSorted((a, b) => a.length - b.length)) {
      if (input.length > Math.min(maxInput, room)) continue;
      coverage.clear();
      await whyWrong(this.target, input);
      if (!coverage.isNew()) continue;
      chosen.push(input);
      room -= input.length;
    }
    return chosen;
  }

  #next(): Uint8Array {
    const { random } = this.#deps;
    const kept = this.#kept;
    if (kept.length === 0) return random.bytes(random.int(64));
    const newest = Math.min(NEWEST, kept.length);
    const at = random.int(2) === 0 ? kept.length - 1 - random.int(newest) : random.int(kept.length);
    const other = kept[random.int(kept.length)];
    return mutate(kept[at] as Uint8Array, other as Uint8Array, this.#shape, random);
  }

  async #why(input: Uint8Array, isKnown: boolean): Promise<string | undefined> {
    this.#deps.onRun(input);
    this.runs++;
    this.#coverage.clear();
    const startMs = performance.now();
    const running = whyWrong(this.target, input);
    const why = running instanceof Promise ? await running : running;
    const tookMs = performance.now() - startMs;
    if (why !== undefined) return why;
    if (this.#coverage.isNew() || isKnown) this.#keep(input);
    return tookMs < SLOW_MS || this.target.isBounded ? undefined : this.#whySlow(input, tookMs);
  }

  /** A busy machine is slow by the clock, and a collection of garbage once. */
  async #whySlow(input: Uint8Array, tookMs: number): Promise<string | undefined> {
    let fastestMs = tookMs;
    for (let tries = 1; tries < SLOW_TRIES && fastestMs >= SLOW_MS; tries++) {
      const startMs = processorMs();
      await whyWrong(this.target, input);
      fastestMs = Math.min(fastestMs, processorMs() - startMs);
    }
    return fastestMs < SLOW_MS ? undefined : `took ${Math.round(fastestMs)} ms for ${input.length} bytes`;
  }

  #keep(input: Uint8Array): void {
    // A copy: of a large one only a part may be left.
    this.#kept.push(new Uint8Array(input));
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
  }
}

/** What is wrong with this input; a promise only where the target is asynchronous. */
export function whyWrong(target: Target, input: Uint8Array): string | undefined | Promise<string | undefined> {
  try {
    const running = target.run(input);
    return running?.then(
      () => undefined,
      (error: unknown) => judge(target, error),
    );
  } catch (error) {
    return judge(target, error);
  }
}

function judge({ failures = [] }: Target, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (failures.some((expected) => expected === code)) return undefined;
  return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
}
