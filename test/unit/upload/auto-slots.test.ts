import { expect, test } from 'vitest';
import { AutoSlots } from '../../../src-main/engine/upload/auto-slots.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';

const KIB = 1024;
const MIB = 2 ** 20;

type Line = {
  readonly lineBps: number;
  /** What one reader takes at most. */
  readonly readerBps: number;
  readonly isKnown?: boolean;
  readonly waiting?: number;
  /** Speeds change by this share from second to second. */
  readonly wander?: number;
};

/** Lets readers take what they can for some minutes; how many slots there were each minute. */
function play(auto: AutoSlots, minutes: number, line: Line, seed = 1): number[] {
  const random = new SeededRandom(seed);
  const seen: number[] = [];
  const { lineBps, readerBps, isKnown = false, waiting = 50, wander = 0.1 } = line;
  for (let second = 0; second < minutes * 60; second++) {
    const wanted = Math.min(auto.slots, waiting) * readerBps;
    const jitter = 1 + (wander * (random.int(2001) - 1000)) / 1000;
    sentBytes += Math.min(lineBps, wanted * jitter);
    nowMs += 1000;
    const rest = Math.max(0, waiting - auto.slots);
    auto.look({
      nowMs,
      sentBytes,
      used: Math.min(auto.slots, waiting),
      waiting: rest,
      lineBps: isKnown ? lineBps : undefined,
    });
    if (second % 60 === 59) seen.push(auto.slots);
  }
  return seen;
}
let nowMs = 0;
let sentBytes = 0;

test.each([
  ['ten readers', 10 * MIB, MIB, 9, 13],
  ['twenty slow readers', 2 * MIB, 100 * KIB, 17, 24],
  ['three fast readers', 3 * MIB, MIB, 2, 5],
  ['one fast reader', MIB, 20 * MIB, 2, 5],
  ['more readers than there may be', 100 * MIB, MIB, 36, 40],
])('as many as fill the line, whether it is known or not: %s', (_what, lineBps, readerBps, least, most) => {
  for (const isKnown of [true, false]) {
    const auto = new AutoSlots();
    play(auto, 40, { lineBps, readerBps, isKnown });
    const later = play(auto, 60, { lineBps, readerBps, isKnown });
    const mean = later.reduce((sum, slots) => sum + slots) / later.length;
    expect(mean, `known: ${isKnown}`).toBeGreaterThanOrEqual(least);
    expect(mean, `known: ${isKnown}`).toBeLessThanOrEqual(most);
  }
});

test('it does not swing: in an hour on one line it changes by two at most, and seldom', () => {
  const auto = new AutoSlots();
  play(auto, 40, { lineBps: 10 * MIB, readerBps: MIB, isKnown: true });
  const seen = play(auto, 60, { lineBps: 10 * MIB, readerBps: MIB, isKnown: true });
  expect(Math.max(...seen) - Math.min(...seen)).toBeLessThanOrEqual(2);
  expect(seen.filter((slots, at) => at > 0 && slots !== seen[at - 1]).length).toBeLessThan(20);
});

test('a line too slow for so many gets fewer, not less than two', () => {
  const auto = new AutoSlots();
  expect(play(auto, 20, { lineBps: 30 * KIB, readerBps: MIB, isKnown: true }).at(-1)).toBe(2);
});

test('while nobody waits there are enough', () => {
  const auto = new AutoSlots();
  const before = auto.slots;
  expect(new Set(play(auto, 20, { lineBps: 10 * MIB, readerBps: MIB, waiting: 3 }))).toEqual(new Set([before]));
});
