import { matchesPattern, type NamePattern, paddedName } from './name-pattern.ts';

/** Letters that patterns are filed under. */
const GRAM = 3;
const SHORT_GRAM = 2;

/**
 * Many patterns, met by a name in little more time than a few of them: each is filed under some letters that a name must have to be of it,
 * those under which the fewest others are.
 */
export class NamePatterns {
  readonly #whole = new Set<string>();
  readonly #byGram = new Map<string, Set<NamePattern>>();
  /** Text of its pieces: the pattern that is filed, and where. */
  readonly #filed = new Map<string, { readonly pattern: NamePattern; readonly gram: string }>();

  add(pattern: NamePattern): void {
    const [only = ''] = pattern;
    if (pattern.length === 1) return void this.#whole.add(only);
    const key = pattern.join('*');
    if (this.#filed.has(key)) return;
    const gram = this.#chooseGram(pattern);
    const others = this.#byGram.get(gram) ?? new Set();
    this.#byGram.set(gram, others.add(pattern));
    this.#filed.set(key, { pattern, gram });
  }

  remove(pattern: NamePattern): void {
    if (pattern.length === 1) return void this.#whole.delete(pattern[0] ?? '');
    const key = pattern.join('*');
    const filed = this.#filed.get(key);
    if (!filed) return;
    this.#filed.delete(key);
    const others = this.#byGram.get(filed.gram);
    others?.delete(filed.pattern);
    if (others?.size === 0) this.#byGram.delete(filed.gram);
  }

  /** The first pattern that a name is of. */
  find(name: string): NamePattern | undefined {
    if (this.#whole.size === 0 && this.#byGram.size === 0) return undefined;
    const padded = paddedName(name);
    if (this.#whole.has(padded)) return [padded];
    if (this.#byGram.size === 0) return undefined;
    for (const gram of [...gramsOf(padded, GRAM), ...gramsOf(padded, SHORT_GRAM)])
      for (const pattern of this.#byGram.get(gram) ?? []) if (matchesPattern(pattern, padded)) return pattern;
    return undefined;
  }

  #chooseGram(pattern: NamePattern): string {
    let best = '';
    let fewest = Number.POSITIVE_INFINITY;
    for (const length of [GRAM, SHORT_GRAM]) {
      for (const piece of pattern) {
        for (const gram of gramsOf(piece, length)) {
          const others = this.#byGram.get(gram)?.size ?? 0;
          if (others < fewest) [best, fewest] = [gram, others];
        }
      }
      // Fewer letters are in more names.
      if (fewest < Number.POSITIVE_INFINITY) break;
    }
    return best;
  }
}

/** Each once. */
function gramsOf(text: string, length: number): Set<string> {
  const grams = new Set<string>();
  for (let at = 0; at + length <= text.length; at++) grams.add(text.slice(at, at + length));
  return grams;
}
