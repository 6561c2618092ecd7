import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { WebUrl } from '../../../src-main/contract/web-url.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import type { Pieces } from '../../../src-main/engine/content/file-check.ts';
import { Source } from '../../../src-main/engine/download/source.ts';
import { keptChunks, type WebRun, WebSegments } from '../../../src-main/engine/download/web-segments.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const MIB = 2 ** 20;
const clock = new VirtualClock();
const toSource = (name: string, rateBps = 0): Source => {
  const source = new Source(`http://${name}.example/f` as WebUrl, { clock, settings: () => DEFAULT_SETTINGS });
  Object.defineProperty(source, 'rateBps', { get: () => rateBps });
  return source;
};
const piecesOf = (bytes: number): Pieces => ({ bytes, hashes: new Uint8Array(0) });
const taker = (source: Source, workers = 2) => ({
  source,
  hasRanges: true,
  others: 'connected' as const,
  workers,
  runMs: 10_000,
});
/** Everything of a run arrives. */
function receive(segments: WebSegments, run: WebRun): void {
  for (; run.next < run.to; run.next++) segments.add(segments.span(run.next).start);
  segments.give(run);
}

describe('segments of a file from the web', () => {
  it.each([
    [undefined, MIB],
    [256 * 1024, MIB],
    [300_000, 900_000],
    [MIB, MIB],
    [4 * MIB, 4 * MIB],
    [16 * MIB, 16 * MIB],
  ])('of pieces of %s bytes have %i', (bytes, segmentBytes) => {
    expect(new WebSegments(100 * MIB, bytes === undefined ? undefined : piecesOf(bytes)).bytes).toBe(segmentBytes);
  });

  it('are asked for as many as a source brings in the time of a run, and first a few', () => {
    const segments = new WebSegments(1000 * MIB, undefined);
    const lengths = [0, 100_000, 2 * MIB, 900 * MIB].map((rate) => {
      const run = segments.take(taker(toSource('a', rate)));
      return run && run.to - run.from;
    });
    expect(lengths).toEqual([4, 4, 20, 64]);
  });

  it('of a slow run are taken over from its end, by the share of who has nothing to do', () => {
    const segments = new WebSegments(40 * MIB, undefined);
    const slow = segments.take({ ...taker(toSource('slow', MIB / 4), 1), runMs: 600_000 });
    const fast = toSource('fast', 3 * (MIB / 4));
    expect(slow).toMatchObject({ from: 0, to: 20 });
    const rest = segments.take({ ...taker(fast, 1), runMs: 600_000 });
    expect(rest).toMatchObject({ from: 20, to: 30 });
    for (let run = rest; run && run.from >= 20; ) {
      receive(segments, run);
      run = segments.take(taker(fast, 1));
      if (run && run.from < 20) expect(run).toMatchObject({ from: 6, to: 20 });
    }
    expect(slow).toMatchObject({ to: 6, asked: 20 });
  });

  it('are asked for once more only at the very end, of one that is faster, and of two at once only where pieces tell right from wrong', () => {
    for (const pieces of [undefined, piecesOf(MIB)]) {
      const segments = new WebSegments(MIB, pieces);
      const slow = segments.take(taker(toSource('slow', 1000)));
      expect(slow).toMatchObject({ from: 0, to: 1 });
      expect(segments.take(taker(toSource('same', 1500)))).toBeUndefined();
      const fast = toSource('fast', MIB);
      expect(segments.hasWork(fast, 'connected')).toBe(true);
      const second = segments.take(taker(fast));
      const isLost = pieces === undefined;
      expect(second).toMatchObject({ from: 0, to: 1, loser: isLost ? slow?.source : undefined });
      expect(slow).toMatchObject({ next: 0, to: isLost ? 0 : 1, isLost });
      if (isLost && slow) segments.give(slow);
      expect(segments.hasWork(toSource('third', 9 * MIB), 'connected')).toBe(false);
      expect([segments.add(0), segments.add(0)]).toEqual([true, false]);
    }
  });

  it('are not taken away from who has just begun', () => {
    const segments = new WebSegments(MIB, undefined);
    segments.take(taker(toSource('new')));
    expect(segments.hasWork(toSource('fast', MIB), 'connected')).toBe(false);
  });

  it('of the beginning are asked once more only where nobody else can send the rest, up to the last that is missing', () => {
    const segments = new WebSegments(10 * MIB, undefined);
    const whole = Object.assign(toSource('whole', MIB), { sendsWhole: true });
    for (const at of [0, 1, 4, 8, 9]) segments.add(at * MIB);
    const again = new WebSegments(10 * MIB, undefined);
    again.restore(segments.keep(), 10 * MIB);
    for (const others of ['connected', 'connecting'] as const) {
      expect(again.hasWork(whole, others)).toBe(false);
      expect(again.take({ ...taker(whole), hasRanges: false, others })).toBeUndefined();
    }
    expect(again.hasWork(whole, 'none')).toBe(true);
    const run = again.take({ ...taker(whole), hasRanges: false, others: 'none' });
    expect(run).toMatchObject({ from: 0, to: 8 });
    expect(again.hasWork(Object.assign(toSource('other'), { sendsWhole: true }), 'none')).toBe(false);
    const tail = again.take(taker(toSource('ranges', MIB)));
    expect([tail, run]).toMatchObject([{ from: 5, to: 8 }, { to: 5 }]);
    if (tail) again.give(tail);
    if (run) again.advance(run);
    expect(run).toMatchObject({ next: 1, to: 8 });
  });

  it('leave none out and give none twice, whatever becomes of the runs', () => {
    const step = fc.record({ source: fc.nat(3), kind: fc.constantFrom('take', 'one', 'give', 'want'), at: fc.nat(60) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * MIB }), fc.array(step, { maxLength: 80 }), (size, steps) => {
        const segments = new WebSegments(size, undefined);
        const sources = [0, 1, 2, 3].map((at) => toSource(`s${at}`, 10 ** at * 10_000));
        const runs = new Map<Source, WebRun>();
        const added = new Set<number>();
        const addNext = (run: WebRun) => {
          const { start } = segments.span(run.next++);
          expect(added.has(start)).toBe(false);
          added.add(start);
          expect(segments.add(start)).toBe(true);
        };
        for (const { source: index, kind, at } of steps) {
          const source = sources[index] as Source;
          const run = runs.get(source);
          if (kind === 'want') segments.wantFrom(at % 2 === 0 ? undefined : Math.min(at, Math.ceil(size / MIB) - 1));
          else if (!run && kind === 'take') {
            const taken = segments.take(taker(source, runs.size));
            if (taken) runs.set(source, taken);
          } else if (run && kind === 'one' && run.next < run.to) addNext(run);
          else if (run && (kind === 'give' || run.next >= run.to)) {
            segments.give(run);
            runs.delete(source);
          }
        }
        for (const run of runs.values()) segments.give(run);
        for (let run = segments.take(taker(toSource('last'))); run; run = segments.take(taker(toSource('last')))) {
          while (run.next < run.to) addNext(run);
          segments.give(run);
        }
        expect(segments.isFull).toBe(true);
        expect(segments.prefixBytes).toBe(size);
        expect(segments.chunks().isFull).toBe(true);
      }),
    );
  });

  it('are found again, also as an older version kept them, and none beyond the end of the part', () => {
    const size = 30 * MIB + 5;
    const old = new ChunkMap(8);
    for (const segment of [0, 2, 7]) old.add(segment);
    const kept = { fetched: old.toBytes(), segmentBytes: undefined };
    const segments = new WebSegments(size, undefined);
    expect(segments.restore(kept, 29 * MIB)).toBe(9 * MIB);
    const chunks = [0, 1, 2, 3, 8, 9, 10, 11, 28];
    expect([...segments.chunks().heldRanges()].flatMap(({ start, end }) => [start, end])).toEqual([
      0, 4, 8, 12, 28, 29,
    ]);
    const again = new WebSegments(size, undefined);
    expect(again.restore(segments.keep(), size)).toBe(chunks.length * MIB);
    expect(keptChunks(segments.keep(), size, undefined).count).toBe(chunks.length);
    expect(again.restore({ fetched: new Uint8Array(3), segmentBytes: MIB }, size)).toBe(0);
  });
});
