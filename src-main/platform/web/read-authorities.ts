import { WorkerPool } from '../pool/worker-pool.ts';
import { workerUrl } from '../worker-url.ts';
import type { HashWorkerApi } from '../workers/hash-worker.ts';

/** What `systemAuthorities` gives, read in a thread that ends with it. */
export async function readAuthorities(): Promise<readonly string[]> {
  const thread = new WorkerPool<HashWorkerApi>({ url: workerUrl('hash-worker'), threads: 1, depth: 1, idleMs: 0 });
  try {
    return await thread.run('systemAuthorities', []);
  } finally {
    await thread.stop();
  }
}
