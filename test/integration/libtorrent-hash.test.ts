import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src-main/contract/bytes.ts';
import { hashFiles } from '../../src-main/headless/hash-command.ts';
import { Output } from '../../src-main/headless/output.ts';
import { HashPool } from '../../src-main/platform/hash-pool.ts';
import { seededBytes } from '../support/sha256.ts';
import { requireTool } from '../support/tools.ts';

/** The system's Python: libtorrent's binding is installed for it alone. */
const PYTHON = '/usr/bin/python3';
const MIB = 2 ** 20;
const seed = Number(process.env.SEED ?? randomInt(1, 2 ** 31));
const SIZES = [1, 64, 16_383, 16_384, 16_385, 49_152, MIB - 1, MIB, MIB + 1, 3 * MIB, 5 * MIB + 40_000, 100 * MIB];
const RANDOM_SIZE = 1 + (seed % (20 * MIB));

describe.skipIf(!requireTool(PYTHON, ['-c', 'import libtorrent']))(`libtorrent and this program (SEED=${seed})`, () => {
  let folder: string;
  let theirs: Record<string, { root: string; layer: string }>;
  const hasher = new HashPool();
  const sizes = [...SIZES, RANDOM_SIZE];
  const path = (size: number) => join(folder, `file-${size}`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-libtorrent-'));
    for (const size of sizes) await writeFile(path(size), seededBytes(size, seed + size));
    const script = fileURLToPath(new URL('../support/torrent-roots.py', import.meta.url));
    const { stdout } = await promisify(execFile)(PYTHON, [script, ...sizes.map(path)], { maxBuffer: MIB });
    theirs = JSON.parse(stdout);
  });
  afterAll(async () => {
    await hasher.stop();
    await rm(folder, { recursive: true });
  });

  test.each(sizes)('give a file of %i bytes the same root and the same chunk layer', async (size) => {
    const hashed = await hasher.hashFile(path(size));
    expect({ root: hashed.hash, layer: toHex(hashed.chunkLayer) }).toEqual(theirs[`file-${size}`]);
  });

  test('agree on what the hash command prints', async () => {
    let printed = '';
    const stderr = { write: (line: string) => expect.fail(line) };
    const out = new Output({ stdout: { write: (line: string) => (printed += line) }, stderr }, false);
    expect(await hashFiles(sizes.map(path), { hasher, workingFolder: folder, out })).toBe(0);
    const lines = printed.split('\n').slice(0, -1);
    expect(lines).toEqual(sizes.map((size) => `${theirs[`file-${size}`]?.root}  ${path(size)}`));
  });
});
