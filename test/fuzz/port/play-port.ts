import { setTimeout as after } from 'node:timers/promises';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { makeTestIdentity } from '../../support/link-world.ts';
import { growthOf } from '../machine/growth.ts';
import { playOne } from './conversations.ts';
import type { Step } from './deliver.ts';
import type { Key } from './record.ts';
import { Victim } from './victim.ts';

export type PortFigures = {
  readonly conversations: number;
  /** Times that nobody took the call. */
  readonly refused: number;
  readonly checks: number;
  readonly faults: number;
  readonly slowestCheckMs: number;
  /** Of the middle in the last third of the time against that in the second. */
  readonly memoryGrowthMib: number;
  readonly mostMemoryMib: number;
  readonly descriptorGrowth: number;
};
type Options = { readonly seed: number; readonly ms: number; readonly folder: string };

/** Conversations at once. */
const LANES = 12;
/** One of them is replaced at each check: strikes and budgets are by key. */
const KEYS = 30;
const CHECK_MS = 5000;
/** So long after the last conversation nothing is held for one: what a session held is kept for 30 s. */
const REST_MS = 45_000;
const SHORT_REST_MS = 5000;
const SHORT_MS = 120_000;
/** Of what was sent before it ended so much is told. */
const TOLD = 3 * LANES;
const TOLD_BYTES = 3000;

/** What good peers say, changed, at all doors of a real supernode, while a child of it goes on. */
export async function playPort({ seed, ms, folder }: Options): Promise<PortFigures> {
  const victim = await Victim.start(folder);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void victim.stop().then(() => process.exit(1)));
  try {
    return await new PortPlay(victim, seed).run(ms);
  } finally {
    await victim.stop();
  }
}

class PortPlay {
  readonly #victim: Victim;
  readonly #random: SeededRandom;
  readonly #keys: Key[] = [];
  readonly #faults: string[] = [];
  /** What was sent last, newest last, each step as base64. */
  readonly #recent: string[] = [];
  readonly #memoryMib: number[] = [];
  #conversations = 0;
  #refused = 0;
  #checks = 0;
  #slowestMs = 0;
  #isOver = false;

  constructor(victim: Victim, seed: number) {
    this.#victim = victim;
    this.#random = new SeededRandom(seed);
  }

  async run(ms: number): Promise<PortFigures> {
    const doors = await this.#victim.doors((steps) => this.#note(steps));
    while (this.#keys.length < KEYS) this.#keys.push(await newKey());
    await this.#check();
    const untilMs = performance.now() + ms;
    const lanes = Array.from({ length: LANES }, () => this.#lane(doors));
    const before = await this.#victim.size();
    await this.#watch(untilMs);
    this.#isOver = true;
    await Promise.all(lanes);
    await after(ms > SHORT_MS ? REST_MS : SHORT_REST_MS);
    await this.#check();
    const size = this.#victim.isAlive ? await this.#victim.size() : before;
    return {
      ...{ conversations: this.#conversations, refused: this.#refused, checks: this.#checks },
      ...{ faults: this.#faults.length, slowestCheckMs: this.#slowestMs },
      memoryGrowthMib: growthOf(this.#memoryMib),
      mostMemoryMib: Math.max(...this.#memoryMib),
      descriptorGrowth: size.descriptors - before.descriptors,
    };
  }

  #note(steps: readonly Step[]): void {
    this.#recent.push(
      steps.map(({ bytes }) => Buffer.from(bytes.subarray(0, TOLD_BYTES)).toString('base64')).join(' '),
    );
    if (this.#recent.length > TOLD) this.#recent.shift();
  }

  async #lane(doors: Parameters<typeof playOne>[0]): Promise<void> {
    while (!this.#isOver) {
      const key = this.#keys[this.#random.int(this.#keys.length)] as Key;
      const heard = await playOne(doors, key, this.#random);
      this.#conversations++;
      if (heard === undefined) this.#refused++;
    }
  }

  async #watch(untilMs: number): Promise<void> {
    while (performance.now() < untilMs && !this.#isOver) {
      await after(Math.min(CHECK_MS, Math.max(0, untilMs - performance.now())));
      this.#keys[this.#random.int(KEYS)] = await newKey();
      await this.#check();
    }
  }

  async #check(): Promise<void> {
    const startMs = performance.now();
    const why = await this.#victim.whyNotServed().catch((error: unknown) => `a check failed: ${String(error)}`);
    this.#checks++;
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startMs);
    if (this.#victim.isAlive) this.#memoryMib.push((await this.#victim.size()).mib);
    const errors = await this.#victim.errors();
    for (const fault of [...errors, ...(why === undefined ? [] : [why])]) this.#fault(fault);
    if (this.#victim.isAlive) return;
    this.#fault(`it ended: ${this.#victim.supernode.program.err.slice(-4000)}\nafter\n${this.#recent.join('\n')}`);
    this.#isOver = true;
  }

  #fault(fault: string): void {
    if (this.#faults.includes(fault)) return;
    this.#faults.push(fault);
    console.error(`server port after ${this.#conversations} conversations: ${fault}`);
  }
}

async function newKey(): Promise<Key> {
  const { key, certificate: cert } = await makeTestIdentity();
  return { key, cert };
}
