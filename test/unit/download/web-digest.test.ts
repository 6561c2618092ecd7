import { expect, test, vi } from 'vitest';
import { WebDigest } from '../../../src-main/engine/download/web-digest.ts';
import { MemoryFileSystem } from '../../../src-main/simulator/memory-file-system.ts';
import { MemoryHasher } from '../../../src-main/simulator/memory-hasher.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { sha256 } from '../../support/sha256.ts';

const MIB = 2 ** 20;

test.each([1, 3, 5, 6, 16])(
  'reads on to where a segment of %i MiB ends, so that the next that comes fits',
  async (mib) => {
    const segmentBytes = mib * MIB;
    const size = 40 * MIB + 5;
    const files = new MemoryFileSystem({ clock: new VirtualClock() });
    files.putFile('/part', new Uint8Array(size));
    const hasher = new MemoryHasher({ files, sha256 });
    const reading = vi.spyOn(hasher, 'digestOn');
    const digest = new WebDigest({ hasher, path: '/part', size, segmentBytes, hasSha256: true });
    const prefix = segmentBytes * Math.ceil((16 * MIB) / segmentBytes);
    digest.follow(prefix);
    await vi.waitFor(async () => expect(await reading.mock.results.at(-1)?.value).toBeDefined());
    await new Promise(setImmediate);
    const steps = reading.mock.calls.map(([, to]) => to);
    const reached = steps.at(-1) ?? 0;
    expect([reached % segmentBytes, reached >= 8 * MIB, reached <= prefix]).toEqual([0, true, true]);
    for (const [index, to] of steps.entries()) expect(to - (steps[index - 1] ?? 0)).toBeLessThanOrEqual(8 * MIB);
  },
);
