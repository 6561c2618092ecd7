import { HeapCompactor } from '../heap-compactor.ts';
import { answerCalls } from './answer-calls.ts';
import { FolderWatches, type WatchReport } from './folder-watches.ts';

export type WatchWorkerApi = {
  /** Resolves with a name for the watch when changes below `folder` are being seen. */
  watch(folder: string): Promise<number>;
  unwatch(id: number): Promise<void>;
  /** Waits until there is something to tell. */
  reports(): Promise<readonly WatchReport[]>;
};

const watches = new FolderWatches();
answerCalls<WatchWorkerApi>({
  watch: (folder) => watches.add(folder),
  unwatch: (id) => watches.remove(id),
  reports: () => watches.reports(),
});
new HeapCompactor().start();
