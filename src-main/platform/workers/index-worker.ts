import { rmSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IndexLimits } from '../../engine/ports/index.ts';
import { LeafIndex } from '../../engine/supernode/leaf-index.ts';
import { HeapCompactor } from '../heap-compactor.ts';
import { nodeSha256 } from '../node-sha256.ts';
import { makePrivateFile } from '../sqlite/make-private-file.ts';
import { SqliteConnection } from '../sqlite/sqlite-connection.ts';
import { unpackGzip } from '../unpack-gzip.ts';
import { answerCalls } from './answer-calls.ts';
import { SliceQueue, type Slices } from './slice-queue.ts';

/**
 * Of a heap that is mostly long texts: collecting takes 1 ms a MiB. A supernode is asked all the time, and its children's uploads leave
 * 80 MB behind at 300,000 files, half of it holes between the rows.
 */
const MOST_BYTES = 512 * 2 ** 20;
const BUSY_WORTH_BYTES = 32 * 2 ** 20;

export type IndexWorkerData = { readonly path: string; readonly cacheKib: number };
export type IndexWorkerApi = ReturnType<typeof indexApi>;

function indexApi({ path, cacheKib }: IndexWorkerData) {
  removeDatabase(path);
  makePrivateFile(path);
  const sql = new SqliteConnection({ path, synchronous: 'off', cacheKib });
  const index = new LeafIndex({ sql, sha256: nodeSha256, unpack: unpackGzip });
  const queue = new SliceQueue(() => index.tidy());
  return {
    apply: (child: NodeId, packed: Uint8Array, limits: IndexLimits) =>
      queue.add(() => index.apply(child, packed, limits)),
    drop: (child: NodeId) => {
      index.setPresent(child, false);
      return queue.add(() => index.drop(child));
    },
    /** In its turn, so that it tells of batches that came before. */
    holding: (child: NodeId) => queue.add(() => inTurn(() => index.holding(child))),
    setPresent: (child: NodeId, present: boolean) => index.setPresent(child, present),
    search: (text: string, options: { readonly limit: number; readonly start: number }) => index.search(text, options),
    lookup: (hash: ContentHash, limit: number) => index.lookup(hash, limit),
    counts: () => index.counts(),
    close: async () => {
      await queue.settled();
      sql.close();
      removeDatabase(path);
    },
  };
}

function* inTurn<T>(work: () => T): Slices<T> {
  yield;
  return work();
}

/** The index is built anew from what children send: nothing of an earlier run is of use. */
function removeDatabase(path: string): void {
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(path + ending, { force: true });
}

/** Entry of the thread that holds a supernode's index; `workerData` says where. */
answerCalls(indexApi(workerData));
new HeapCompactor({ mostBytes: MOST_BYTES, busyWorthBytes: BUSY_WORTH_BYTES }).start();
