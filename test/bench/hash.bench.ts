import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { CHUNK_BYTES, LEAVES_PER_CHUNK } from '../../src-main/engine/content/constants.ts';
import { HashPool } from '../../src-main/platform/hash-pool.ts';
import { atLeast, atMost, type BenchReport, type Measure, measureInTurns, medianOf } from './support.ts';

/** More than any processor's cache, so that memory is read as for a real file; small enough to stay in the page cache. */
const FILE_BYTES = 256 * 2 ** 20;
const CHUNKS = 1000;
const CHUNKS_IN_FLIGHT = 16;
const SPEED = 'bytesPerSecond';

/** Hashing of files in the page cache and checking of chunks, beside OpenSSL's own measure of SHA-256 over 16 KiB messages. */
export async function run(): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-bench-'));
  const one = new HashPool({ threads: 1 });
  const two = new HashPool({ threads: 2 });
  try {
    const files = ['a', 'b'].map((name) => join(folder, name));
    for (const file of files) await writeFile(file, randomFillSync(new Uint8Array(FILE_BYTES)));
    const results = await measureInTurns({
      openssl,
      '1 worker': () => hashAll(one, files.slice(1)),
      '2 workers': () => hashAll(two, files),
      'chunks, 2 workers': () => verifyChunks(two),
    });
    return { bench: 'hash', results, goals: goalsOf(results) };
  } finally {
    await Promise.all([one.stop(), two.stop()]);
    await rm(folder, { recursive: true });
  }
}

function goalsOf(results: BenchReport['results']) {
  const single = medianOf(results, '1 worker', SPEED);
  return [
    atLeast('one worker, of openssl', single / medianOf(results, 'openssl', SPEED), 0.8),
    atLeast('two workers, of one', medianOf(results, '2 workers', SPEED) / single, 1.8),
    atLeast('chunks checked a second', medianOf(results, 'chunks, 2 workers', 'chunksPerSecond'), 1000),
    atMost('event loop for a chunk, µs', medianOf(results, 'chunks, 2 workers', 'eventLoopMicroseconds'), 100),
  ];
}

/** By the clock, as ours, not by processor time: else a busy machine would slow only ours. */
const openssl: Measure = async () => {
  const args = ['speed', '-elapsed', '-mr', '-seconds', '1', '-bytes', '16384', '-evp', 'sha256'];
  const { stdout } = await promisify(execFile)('openssl', args);
  const speed = /^\+F:\d+:sha256:([\d.]+)$/im.exec(stdout)?.[1];
  if (speed === undefined) throw new Error(`openssl said ${stdout}`);
  return { [SPEED]: Number(speed) };
};

async function hashAll(pool: HashPool, files: readonly string[]) {
  const start = performance.now();
  await Promise.all(files.map((file) => pool.hashFile(file)));
  return { [SPEED]: (files.length * FILE_BYTES * 1000) / (performance.now() - start) };
}

async function verifyChunks(pool: HashPool) {
  const expected = new Uint8Array(32);
  let left = CHUNKS;
  const check = async () => {
    let buffer = new ArrayBuffer(CHUNK_BYTES);
    while (left-- > 0) ({ buffer } = await pool.verifyChunk(buffer, CHUNK_BYTES, LEAVES_PER_CHUNK, expected));
  };
  const start = performance.now();
  const busy = process.threadCpuUsage();
  await Promise.all(Array.from({ length: CHUNKS_IN_FLIGHT }, check));
  const { user, system } = process.threadCpuUsage(busy);
  const seconds = (performance.now() - start) / 1000;
  return { chunksPerSecond: CHUNKS / seconds, eventLoopMicroseconds: (user + system) / CHUNKS };
}
