/** Places in the code under test, counted by what `instrument.ts` puts there; their numbers go round beyond it. */
export const PLACES = 1 << 16;
/** Name of the counters in the thread: instrumented code knows no other way to them. */
export const COUNTERS = '__shoalPlaces';

type Global = { [COUNTERS]?: Uint8Array };

/** The counters of this thread; code that is not instrumented leaves them at 0. */
export function placeCounters(): Uint8Array {
  const here = globalThis as Global;
  here[COUNTERS] ??= new Uint8Array(PLACES);
  return here[COUNTERS];
}

/** What was seen of one target: by place, each of eight ranges of how often it was passed in one run. */
export class Coverage {
  readonly #seen = new Uint8Array(PLACES);
  /** The same, four places at once: most are 0. */
  readonly #counters = placeCounters();
  readonly #words = new Uint32Array(this.#counters.buffer);
  /** Places passed by any input. */
  places = 0;

  /** Before a run. */
  clear(): void {
    this.#words.fill(0);
  }

  /** After a run: whether it went somewhere new, or somewhere much more often than any before. */
  isNew(): boolean {
    let isNew = false;
    for (let word = 0; word < this.#words.length; word++) {
      if (this.#words[word] === 0) continue;
      for (let at = word * 4; at < word * 4 + 4; at++) isNew = this.#see(at) || isNew;
    }
    return isNew;
  }

  #see(at: number): boolean {
    const range = rangeOf(this.#counters[at] ?? 0);
    const before = this.#seen[at] ?? 0;
    if ((before | range) === before) return false;
    if (before === 0) this.places++;
    this.#seen[at] = before | range;
    return true;
  }
}

/** One bit: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more (the ranges of AFL). */
function rangeOf(count: number): number {
  if (count === 0) return 0;
  if (count <= 3) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}
