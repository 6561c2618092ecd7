import { toHex } from '../contract/bytes.ts';
import type { Random } from './ports/index.ts';

/** A copy of `items` in random order (Fisher-Yates). */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = random.int(at + 1);
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  return mixed;
}

/** One of `items`, each equally likely; undefined when there is none. */
export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[random.int(items.length)];
}

/** `bytes` random bytes as lower-case hex. */
export function randomId(random: Random, bytes: number): string {
  return toHex(random.bytes(bytes));
}
