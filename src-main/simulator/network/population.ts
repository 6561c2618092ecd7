import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Random } from '../../engine/ports/index.ts';

/** What peers do: how long they stay, what they share, what they look for. Figures as measured for KaZaA and Gnutella. */

const MINUTE_MS = 60_000;
/** Mean time of a link between a leaf and its supernode, with a heavy tail: log-normal of this spread (sigma of the logarithm). */
const SESSION_MS = 56 * MINUTE_MS;
const SESSION_SPREAD = 1.4;
/** Away in between: a fifth of the time. */
const AWAY_MS = 14 * MINUTE_MS;
/** Share of peers that share anything, and how many files those share in the mean (log-normal). */
const SHARERS = 0.35;
const SHARED_FILES = 40;
const SHARED_SPREAD = 1.2;
/** Different common files, by rank; popularity is flat over the first hundred, then falls with the rank (each peer fetches a file once). */
const CATALOGUE = 5000;
const FLAT_RANKS = 100;
const ALBUMS = 400;

/** Each of these is held by one peer in a thousand: what a search for the rare is measured by. */
const RARE_FILES = 40;
export const RARE_SHARE = 0.001;

export class Population {
  readonly #random: Random;
  readonly #cumulated: readonly number[];
  readonly #common: readonly Descriptor[];
  readonly #rare: readonly Descriptor[];
  readonly #hashes: ReadonlySet<ContentHash>;
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
    let sum = 0;
    this.#cumulated = Array.from({ length: CATALOGUE }, (_, rank) => (sum += 1 / Math.max(FLAT_RANKS, rank + 1)));
    this.#common = Array.from({ length: CATALOGUE }, (_, rank) => file(rank, `track${rank} album${rank % ALBUMS} mp3`));
    this.#rare = Array.from({ length: RARE_FILES }, (_, at) => file(CATALOGUE + at, `rare${at} field recording flac`));
    this.#hashes = new Set([...this.#common, ...this.#rare].map(({ hash }) => hash));
  }

  /** How long a peer stays, ms. */
  sessionMs(): number {
    return this.#logNormal(SESSION_MS, SESSION_SPREAD);
  }

  /**
   * How long a peer that is there at a random moment still stays, ms: longer sessions are met more often (renewal theory: a session in
   * progress has the density of its length times the length, and its age is uniform).
   */
  remainingMs(): number {
    return this.#random.float() * this.#logNormal(SESSION_MS * Math.exp(SESSION_SPREAD ** 2), SESSION_SPREAD);
  }

  /** How long it is away before it comes back, ms. */
  awayMs(): number {
    return -AWAY_MS * Math.log(1 - this.#random.float());
  }

  /** Files of one peer in order of hash. */
  sharedFiles(): readonly Descriptor[] {
    const files = new Map<ContentHash, Descriptor>();
    for (const rare of this.#rare) if (this.#random.float() < RARE_SHARE) files.set(rare.hash, rare);
    if (this.#random.float() < SHARERS) {
      const wanted = Math.min(1000, Math.round(this.#logNormal(SHARED_FILES, SHARED_SPREAD)));
      for (let drawn = 0; drawn < wanted; drawn++) {
        const common = this.#drawCommon();
        files.set(common.hash, common);
      }
    }
    return [...files.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  }

  /** A rare file that at least one of `isHeld` has; undefined when there is none. */
  drawRare(isHeld: (hash: ContentHash) => boolean): Descriptor | undefined {
    const held = this.#rare.filter(({ hash }) => isHeld(hash));
    return held[this.#random.int(Math.max(1, held.length))];
  }

  /** One that nobody has yet. */
  newFile(name: string): Descriptor {
    return file(CATALOGUE + RARE_FILES + this.#made++, name);
  }

  /** Words that some common files have. */
  drawCommonWords(): string {
    return `album${this.#random.int(ALBUMS)} mp3`;
  }

  /** Whether it is one of the common or the rare files, held by somebody or not. */
  has(hash: ContentHash): boolean {
    return this.#hashes.has(hash);
  }

  #drawCommon(): Descriptor {
    const wanted = this.#random.float() * (this.#cumulated.at(-1) ?? 0);
    let [low, high] = [0, this.#cumulated.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cumulated[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#common[low] as Descriptor;
  }

  /** By its mean and the spread of its logarithm. */
  #logNormal(mean: number, spread: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random.float())) * Math.cos(2 * Math.PI * this.#random.float());
    return mean * Math.exp(spread * normal - (spread * spread) / 2);
  }
}

const file = (number: number, name: string): Descriptor => ({
  hash: (number + 1).toString(16).padStart(8, '0').padEnd(64, '0') as ContentHash,
  size: 1_000_000 + number,
  name,
  type: 'audio',
  extracted: {},
});
