import { HeapCompactor } from '../heap-compactor.ts';
import { answerCalls } from './answer-calls.ts';
import { FolderWatches, type WatchReport } from './folder-watches.ts';

export type WatchWorkerApi = {
  /** Resolves when changes below `folder` are being seen. `id`: names the watch from now on. */
  watch(id: number, folder: string): Promise<void>;
  unwatch(id: number): Promise<void>;
  /** Waits until there is something to tell. */
  reports(): Promise<readonly WatchReport[]>;
};

const watches = new FolderWatches();
answerCalls<WatchWorkerApi>({
  watch: (id, folder) => watches.add(id, folder),
  unwatch: (id) => watches.remove(id),
  reports: () => watches.reports(),
});
new HeapCompactor().start();
