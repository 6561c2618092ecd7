import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WorkerPool } from '../../src-main/platform/pool/worker-pool.ts';
import type { TestPoolApi } from '../support/pool-worker.ts';

const url = new URL('../support/pool-worker.ts', import.meta.url);
const IDLE_MS = 20;
const BUFFER_BYTES = 64 * 2 ** 20;

/** Where a looping task counts: it has started when word 0 is 1, and runs while word 1 grows. */
function loopFlag() {
  const flag = new SharedArrayBuffer(8);
  const words = new Int32Array(flag);
  const started = async () => {
    const waiting = Atomics.waitAsync(words, 0, 0);
    if (waiting.async) await waiting.value;
  };
  return { flag, words, started };
}

describe('WorkerPool', () => {
  let pool: WorkerPool<TestPoolApi>;
  beforeEach(() => {
    const resourceLimits = { maxOldGenerationSizeMb: 32 };
    pool = new WorkerPool({ url, threads: 2, depth: 1, idleMs: IDLE_MS, resourceLimits, bufferBytes: BUFFER_BYTES });
  });
  afterEach(() => pool.stop());

  test('answers each task, with no more threads than it may have', async () => {
    const answers = Array.from({ length: 20 }, (_, i) => pool.run('echo', [i]));
    expect(pool.threadCount).toBe(2);
    expect(await Promise.all(answers)).toEqual(answers.map((_, i) => i));
  });

  test('starts one thread where one is enough', async () => {
    for (let i = 0; i < 5; i++) await pool.run('echo', [i]);
    expect(pool.threadCount).toBe(1);
  });

  test('has a thread ready where it is told to, for the first task or to end idle', async () => {
    pool.prepare();
    pool.prepare();
    expect(pool.threadCount).toBe(1);
    await pool.run('echo', [1]);
    expect(pool.threadCount).toBe(1);
    await expect.poll(() => pool.threadCount).toBe(0);
    pool.prepare();
    await expect.poll(() => pool.threadCount).toBe(0);
  });

  test('moves buffers there and back', async () => {
    const sent = new Uint8Array([1, 2, 3]).buffer;
    const answer = pool.run('double', [sent], { moved: [sent] });
    expect(sent.byteLength).toBe(0);
    expect([...new Uint8Array((await answer).buffer)]).toEqual([2, 4, 6]);
    await expect(pool.run('double', [sent], { moved: [sent] })).rejects.toMatchObject({ code: 'internal' });
    expect(await pool.run('echo', [1])).toBe(1);
  });

  test('gives on what a task failed with, and keeps the thread', async () => {
    await expect(pool.run('fail', [])).rejects.toMatchObject({ code: 'internal', params: { why: 'as asked' } });
    expect(pool.threadCount).toBe(1);
  });

  test('an abort stops a task that runs, and leaves the others', async () => {
    const { flag, words, started } = loopFlag();
    const controller = new AbortController();
    const looping = pool.run('loop', [flag], { signal: controller.signal });
    await started();
    controller.abort(new Error('enough'));
    await expect(looping).rejects.toThrow('enough');
    expect(await pool.run('echo', [1])).toBe(1);
    const turns = Atomics.load(words, 1);
    expect(await pool.run('echo', [2])).toBe(2);
    expect(Atomics.load(words, 1)).toBe(turns);
  });

  test('an abort takes a waiting task out of the line', async () => {
    const loops = [loopFlag(), loopFlag()];
    const controllers = loops.map(() => new AbortController());
    const looping = loops.map(({ flag }, i) => pool.run('loop', [flag], { signal: controllers[i]?.signal }));
    const ended = Promise.allSettled(looping);
    const controller = new AbortController();
    const waiting = pool.run('echo', [1], { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    for (const each of controllers) each.abort();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a time limit ends a task, and counts from its start, not from its place in the line', async () => {
    const loops = [loopFlag(), loopFlag()];
    const looping = loops.map(({ flag }) => pool.run('loop', [flag], { timeLimitMs: 600 }));
    const ended = Promise.allSettled(looping);
    const patient = pool.run('echo', [1], { timeLimitMs: 500 });
    const why = 'it took more than 600 ms';
    expect(await ended).toMatchObject(
      loops.map(() => ({ status: 'rejected', reason: { code: 'internal', params: { why } } })),
    );
    expect(await patient).toBe(1);
  });

  test.each(['crash', 'swell'] as const)(
    'a thread that ends by a %s fails its task, and the next gets a new one',
    async (name) => {
      const [ended] = await Promise.allSettled([pool.run(name, []), pool.run('echo', [1])]);
      if (name === 'swell') expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
      expect(await pool.run('echo', [2])).toBe(2);
    },
  );

  test('a thread that holds too many bytes in buffers is ended, and one that holds fewer is not', async () => {
    const limits = { timeLimitMs: 3000 };
    const ended = await Promise.allSettled([
      pool.run('hold', [2 * BUFFER_BYTES], limits),
      pool.run('hold', [BUFFER_BYTES / 2], limits),
    ]);
    expect(ended).toMatchObject([
      { reason: { params: { why: `it took more than ${BUFFER_BYTES} bytes of memory` } } },
      { reason: { params: { why: 'it took more than 3000 ms' } } },
    ]);
  });

  test('ends threads without work, and starts them again', async () => {
    await pool.run('echo', [1]);
    await expect.poll(() => pool.threadCount).toBe(0);
    expect(await pool.run('echo', [2])).toBe(2);
  });

  test('stop fails what runs, waits and comes, and leaves no thread', async () => {
    const loops = [loopFlag(), loopFlag()];
    const all = [...loops.map(({ flag }) => pool.run('loop', [flag])), pool.run('echo', [1])];
    const ended = Promise.allSettled(all);
    await loops[0]?.started();
    await Promise.all([pool.stop(), pool.stop()]);
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(pool.run('echo', [1])).rejects.toMatchObject({ code: 'internal' });
    expect(pool.threadCount).toBe(0);
  });
});

test('idle threads do not keep the process alive', async () => {
  const script = fileURLToPath(new URL('../support/idle-pool-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = child.stdout.toArray();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(Buffer.concat(await said).toString()).toBe('7\n');
});
