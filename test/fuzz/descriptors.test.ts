import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractedSchema } from '../../src-main/contract/schemas.ts';
import { cleanFields } from '../../src-main/platform/descriptors/clean-fields.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { BEGINNINGS as SEEDS } from './targets/beginnings.ts';

let folder: string;
let reader: DescriptorPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-fuzz-'));
  reader = new DescriptorPool({ logger: new MemoryLogger(), timeLimitMs: 3000 });
});
afterAll(async () => {
  await reader.stop();
  await rm(folder, { recursive: true });
});

const damaged = fc.constantFrom(...Object.keys(SEEDS)).chain((name) => {
  const seed = SEEDS[name] ?? new Uint8Array(0);
  const change = fc.record({ at: fc.nat(seed.length), byte: fc.integer({ min: 0, max: 255 }) });
  return fc.record({
    name: fc.constant(name),
    seed: fc.constant(seed),
    changes: fc.array(change, { maxLength: 6 }),
    length: fc.nat(seed.length),
    tail: fc.uint8Array({ maxLength: 300 }),
    isCut: fc.boolean(),
  });
});

test('any damaged file is described within the limits of a descriptor', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async ({ name, seed, changes, length, tail, isCut }) => {
      const bytes = seed.slice(0, isCut ? length : seed.length);
      for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
      const path = join(folder, `${count++}-${name}`);
      await writeFile(path, Buffer.concat([bytes, tail]));
      const { extracted } = await reader.describe(path);
      await rm(path);
      expect(extractedSchema.safeParse(extracted)).toEqual({ success: true, data: extracted });
    }),
    { numRuns: 300 },
  );
});

test('whatever readers find, only what a descriptor may hold is left', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.double(),
    fc.integer(),
    fc.constant(null),
    fc.object(),
  );
  const names = ['title', 'artist', 'track', 'year', 'durationSeconds', 'width', 'pages', 'language', 'unknown'];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (raw) => {
      const clean = cleanFields(raw);
      expect(extractedSchema.safeParse(clean)).toEqual({ success: true, data: clean });
      for (const text of Object.values(clean))
        if (typeof text === 'string') expect(text).toBe(text.toWellFormed().trim());
    }),
  );
});
