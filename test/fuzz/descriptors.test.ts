import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { extractedSchema } from '../../src-main/contract/schemas.ts';
import { cleanFields } from '../../src-main/platform/descriptors/clean-fields.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { DOCX, EPUB, PDF } from '../support/media.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const zip = (parts: Readonly<Record<string, string>>) =>
  zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));

/** Beginnings that lead to each reader, some of them whole small files. */
const SEEDS: Readonly<Record<string, Uint8Array>> = {
  'a.mp3': latin1('ID3\x04\x00\x00\x00\x00\x0f\x00TIT2\x00\x00\x00\x20\x00\x00\x03title'),
  'a.flac': latin1('fLaC\x00\x00\x00\x22\x10\x00\x10\x00'),
  'a.ogg': latin1(
    'OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1e\x01vorbis',
  ),
  'a.mp4': latin1('\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x10\x00moov\x00\x00\x00\x6cmvhd'),
  'a.mkv': latin1('\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska\x18\x53\x80\x67\x01\x00\x00\x00\x00\x00\xff\xff'),
  'a.avi': latin1('RIFF\xff\xff\x00\x00AVI LIST\xc0\x00\x00\x00hdrlavih\x38\x00\x00\x00'),
  'a.wav': latin1('RIFF\xff\xff\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00'),
  'a.png': latin1('\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x30\x08\x02\x00\x00\x00'),
  'a.jpg': latin1('\xff\xd8\xff\xe1\x00\x20Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01'),
  'a.tiff': latin1('II\x2a\x00\x08\x00\x00\x00\x02\x00\x00\x01\x04\x00'),
  'a.heic': latin1('\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\x00\x00\x01\x00meta'),
  'a.pdf': latin1(PDF),
  'a.docx': zip(DOCX),
  'a.epub': zip(EPUB),
  'a.html': latin1('<html lang=en><title>a</title>'),
};

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
