export type WorkerName = 'hash-worker' | 'database-worker' | 'index-worker' | 'watch-worker';

/** Where the entry of a worker thread lies: beside this file when run from source, flat beside the built chunk otherwise. */
export function workerUrl(name: WorkerName): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `./workers/${name}.ts` : `./${name}.js`, import.meta.url);
}
