import { toHex } from '../contract/bytes.ts';
import type { Random } from './ports/index.ts';

/** A copy of `items` in random order (Fisher-Yates), or the first `count` of it. */
export function shuffle<T>(random: Random, items: readonly T[], count = items.length): T[] {
  const mixed = [...items];
  const last = Math.min(count, items.length);
  for (let at = 0; at < last; at++) {
    const other = at + random.int(items.length - at);
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  mixed.length = last;
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
