import type { Descriptor } from '../../../contract/descriptor.ts';
import type { ContentHash } from '../../../contract/ids.ts';
import type { Random } from '../../../engine/ports/index.ts';

/** Things that people look for; popularity is flat over the first, then falls with the rank. */
const TITLES = 300;
const FLAT_RANKS = 30;
/** Versions of one thing, by how many have them; of the bogus ones as of the true, for polluters know that too. */
const RIPS = [0.6, 0.3, 0.1] as const;
const SECONDS = 240;
const KBPS = 192;

/** One title: its words, true versions, and bogus ones that nobody can tell by their names and sizes. */
export type Title = {
  readonly words: string;
  readonly real: readonly Descriptor[];
  readonly fakes: readonly Descriptor[];
};

/** What a population looks for, and what polluters make of it. */
export class Titles {
  readonly all: readonly Title[];
  readonly #random: Random;
  readonly #cumulated: readonly number[];
  readonly #fakes = new Set<ContentHash>();

  constructor(random: Random) {
    this.#random = random;
    let sum = 0;
    this.#cumulated = Array.from({ length: TITLES }, (_, rank) => (sum += 1 / Math.max(FLAT_RANKS, rank + 1)));
    this.all = Array.from({ length: TITLES }, (_, rank) => this.#title(rank));
    for (const { fakes } of this.all) for (const { hash } of fakes) this.#fakes.add(hash);
  }

  /** One that somebody wants. */
  draw(): Title {
    const wanted = this.#random.float() * (this.#cumulated.at(-1) ?? 0);
    const rank = this.#cumulated.findIndex((sum) => sum >= wanted);
    return this.all[Math.max(0, rank)] as Title;
  }

  /** A true version, as somebody has it. */
  drawReal({ real }: Title): Descriptor {
    return real[this.#version()] as Descriptor;
  }

  drawFake({ fakes }: Title): Descriptor {
    return fakes[this.#version()] as Descriptor;
  }

  #version(): number {
    const at = this.#random.float();
    return at < RIPS[0] ? 0 : at < RIPS[0] + RIPS[1] ? 1 : 2;
  }

  isFake(hash: ContentHash): boolean {
    return this.#fakes.has(hash);
  }

  #title(rank: number): Title {
    const [artist, song] = [`artist${rank}`, `song${rank}`];
    const names = [`${artist} - ${song}.mp3`, `${artist} - ${song} (live).mp3`, `${song} by ${artist}.mp3`];
    const file = (number: number, name: string): Descriptor => ({
      hash: (rank * 100 + number + 1).toString(16).padStart(8, '0').padEnd(64, '0') as ContentHash,
      // Rips of one thing are nearly of a size, and fakes are made like them.
      size: Math.round(SECONDS * KBPS * 125 * (1 + 0.02 * this.#random.float())),
      name,
      type: 'audio',
      extracted: { durationSeconds: SECONDS, bitrateKbps: KBPS },
    });
    return {
      words: `${artist} ${song}`,
      real: names.map((name, number) => file(number, name)),
      fakes: names.map((name, number) => file(10 + number, name)),
    };
  }
}
