import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractedSchema } from '../../src-main/contract/schemas.ts';
import { cleanFields } from '../../src-main/platform/descriptors/clean-fields.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { PDF } from '../support/media.ts';
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

/** Found by fuzzing: the library leaves a rejection of it to nobody, which ends the thread. */
const UNHANDLED_PDF = Buffer.from(
  [
    'JVBERi0xLjQKMSAwIG9iaiA8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PiBlbmRvYmoKMgAAAAAAAAD+PC9UeXBlL1BhZ2VbMyAwIFIgNC',
    'AwIFJdL0NvdW50IDJzL0tpZHNbMyAwIFIgNCAwIFJdL0NvdW50IDI+PiBlbmRvYmoKMyAwIG9iaiA8PC9UeXBlL1BhZ2UvUGFyZW4KIDIgMCBS',
    'L01lZGlhQm94WzAgMCA5IDldPg==',
  ].join(''),
  'base64',
);

test('a document whose reader fails behind its own back takes no other file along', async () => {
  const one = new DescriptorPool({ logger: new MemoryLogger(), threads: 1 });
  const [bad, good] = [join(folder, 'bad.pdf'), join(folder, 'good.pdf')];
  await writeFile(bad, UNHANDLED_PDF);
  await writeFile(good, PDF);
  try {
    for (let round = 0; round < 3; round++) {
      expect(await one.describe(bad)).toEqual({ type: 'document', extracted: {} });
      expect(await one.describe(good)).toMatchObject({ extracted: { title: 'A Paper', pages: 2 } });
    }
  } finally {
    await one.stop();
  }
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
