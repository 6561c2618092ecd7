import { toHex } from '../../src-main/contract/bytes.ts';
import type { Descriptor, FileType } from '../../src-main/contract/descriptor.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { pick } from '../../src-main/engine/shuffle.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';

const VOCABULARY = 50_000;
/** The words that every collection is full of lead the list, as they do in names of real files. */
const FREQUENT = 'the of and you in a my to live me love feat remix on it is no all for dj de la i'.split(' ');
const CONSONANTS = [...'bcdfghjklmnprstvwyz', 'st', 'tr', 'ch', 'sh', 'br', 'gr'];
const VOWELS = [...'aeiou', 'ai', 'ea', 'oo', 'ou'];
const ENDINGS: readonly (readonly [string, FileType])[] = [
  ['mp3', 'audio'],
  ['mp3', 'audio'],
  ['mp3', 'audio'],
  ['flac', 'audio'],
  ['avi', 'video'],
  ['mkv', 'video'],
  ['pdf', 'document'],
  ['epub', 'document'],
  ['jpg', 'image'],
  ['zip', 'archive'],
];

/** Makes files with names such as people share: words by Zipf's law (the n-th word 1/n as often as the first), 3 to 8 in a name. */
export class FileNames {
  readonly #random: SeededRandom;
  readonly #words: readonly string[];
  readonly #cumulated: Float64Array;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#words = this.#makeVocabulary();
    this.#cumulated = new Float64Array(VOCABULARY);
    let sum = 0;
    for (let at = 0; at < VOCABULARY; at++) this.#cumulated[at] = sum += 1 / (at + 3);
  }

  file(): Descriptor {
    const [ending, type] = pick(this.#random, ENDINGS) ?? ['mp3', 'audio'];
    const artist = this.#text(2);
    const year = 1960 + this.#random.int(66);
    const extracted =
      type === 'audio'
        ? {
            title: this.#text(3),
            artist,
            album: this.#text(3),
            track: this.#random.int(20),
            year,
            durationSeconds: 200.5,
            bitrateKbps: 192,
          }
        : { title: this.#text(4) };
    return {
      hash: toHex(this.#random.bytes(32)) as ContentHash,
      size: 1 + this.#random.int(2 ** 31),
      name: `${this.#text(3 + this.#random.int(6))}.${ending}`,
      type,
      modifiedMs: 1.6e12,
      extracted,
    };
  }

  /** Some words of a file in their order, the last cut to a beginning of at least 2 letters: what its seeker types. */
  query({ name }: Descriptor, words: number): string {
    const all = name.split(/[ .]/).filter((word) => word.length > 1);
    const from = this.#random.int(Math.max(1, all.length - words + 1));
    const chosen = all.slice(from, from + words);
    const last = chosen.pop() ?? 'the';
    return [...chosen, last.slice(0, 2 + this.#random.int(last.length - 1))].join(' ');
  }

  #makeVocabulary(): string[] {
    const words = new Set(FREQUENT);
    while (words.size < VOCABULARY) {
      // The more frequent a word, the shorter it tends to be.
      const syllables = 1 + this.#random.int(words.size < 500 ? 2 : 4);
      let word = '';
      for (let at = 0; at < syllables; at++) word += `${pick(this.#random, CONSONANTS)}${pick(this.#random, VOWELS)}`;
      words.add(this.#random.int(2) === 0 ? word : word + pick(this.#random, CONSONANTS));
    }
    return [...words];
  }

  #text(words: number): string {
    return Array.from({ length: words }, () => this.#word()).join(' ');
  }

  #word(): string {
    const drawn = this.#random.float() * (this.#cumulated.at(-1) ?? 0);
    let [low, high] = [0, VOCABULARY - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cumulated[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return this.#words[low] ?? 'the';
  }
}
