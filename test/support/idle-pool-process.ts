import { WorkerPool } from '../../src-main/platform/pool/worker-pool.ts';
import type { TestPoolApi } from './pool-worker.ts';

/** A process that uses a pool once and then has nothing to do, though its thread may idle for an hour. */
const url = new URL('./pool-worker.ts', import.meta.url);
const pool = new WorkerPool<TestPoolApi>({ url, threads: 1, depth: 1, idleMs: 3_600_000 });
console.log(await pool.run('echo', [7]));
