import { z } from 'zod';
import { parseValue } from '../../../contract/parse-value.ts';
import { type FileName, keyOf } from './evidence.ts';
import type { Learned, Traits } from './learned.ts';

/** Files remembered that the user fetched or judged: of a longer time nobody takes anything back. */
const MAX_TAKEN = 300;

type Lesson = { readonly what: 'bad' | 'good'; readonly sureness: number };
type Taken = { readonly traits: Traits; readonly lesson: Lesson | undefined };

const takenSchema = z.object({
  name: z.string(),
  size: z.number(),
  peers: z.array(z.string()),
  networks: z.array(z.string()),
  what: z.enum(['bad', 'good']).exactOptional(),
  sureness: z.number().exactOptional(),
});
const keptSchema = z.array(z.tuple([z.string(), takenSchema])).max(MAX_TAKEN);

/** Who had the files that the user fetched, and what was learned from each, so that a later lesson takes the place of an earlier one. */
export class TakenFiles {
  readonly #learned: Learned;
  readonly #files = new Map<string, Taken>();

  constructor(learned: Learned) {
    this.#learned = learned;
  }

  toKept(): z.infer<typeof keptSchema> {
    return [...this.#files].map(([key, { traits, lesson }]) => [
      key,
      { ...traits, peers: [...traits.peers], networks: [...traits.networks], ...lesson },
    ]);
  }

  /** Nothing when it is none of ours. */
  restore(kept: unknown): boolean {
    const parsed = parseValue(keptSchema, kept);
    if (!parsed.success) return false;
    for (const [key, { what, sureness = 1, ...traits }] of parsed.data)
      this.#files.set(key, { traits, lesson: what && { what, sureness } });
    return true;
  }

  add(file: FileName, traits: Traits): void {
    this.#set(file, { traits, lesson: this.#files.get(keyOf(file))?.lesson });
  }

  /** `traits`: for one that was not taken. A lesson that is less sure than the one before is none; undefined takes that back. */
  learn(file: FileName, traits: Traits, lesson: Lesson | undefined): void {
    const before = this.#files.get(keyOf(file)) ?? { traits, lesson: undefined };
    if (lesson && before.lesson && lesson.sureness < before.lesson.sureness) return;
    if (before.lesson) this.#learned.learn(before.traits, before.lesson.what, -before.lesson.sureness);
    if (before.lesson?.what === 'bad' && lesson?.what !== 'bad') this.#learned.forgetCompany();
    if (lesson) this.#learned.learn(before.traits, lesson.what, lesson.sureness);
    this.#set(file, { traits: before.traits, lesson });
  }

  #set(file: FileName, taken: Taken): void {
    const key = keyOf(file);
    this.#files.delete(key);
    this.#files.set(key, taken);
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= MAX_TAKEN) return;
      this.#files.delete(oldest);
    }
  }
}
