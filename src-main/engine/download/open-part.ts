import { ChunkMap } from '../content/chunk-map.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { ChunkTree } from './chunk-tree.ts';
import type { DownloadDeps } from './download-deps.ts';
import { PartFile } from './part-file.ts';
import { RangePlanner } from './range-planner.ts';
import { Recorder } from './recorder.ts';
import { resumePart } from './resume-part.ts';

/** A part file with all that is known of it. `doneBytes` were here already. */
export type OpenPart = {
  readonly part: PartFile;
  readonly planner: RangePlanner;
  readonly recorder: Recorder;
  readonly doneBytes: number;
};

/**
 * Opens the part file of a download and finds out what of it can be used; fails with disk.* or the signal's reason. `opened`: it is open
 * already, and closed by whoever closes what comes of this.
 */
export async function openPart(
  stored: StoredDownload,
  tree: ChunkTree,
  deps: DownloadDeps & { readonly syncFailed: (error: unknown) => void; readonly opened: PartFile | undefined },
  signal: AbortSignal,
): Promise<OpenPart> {
  const { files, store, hasher, random, settings } = deps;
  const progress = await store.progress(stored.id);
  const isFirst = !progress?.recorded.some((byte) => byte !== 0);
  const part = deps.opened ?? (await PartFile.open(files, stored, isFirst));
  try {
    const stale = (progress && ChunkMap.fromBytes(progress.recorded, tree.chunkCount)) ?? new ChunkMap(tree.chunkCount);
    const { believed, found } = await resumePart({
      part,
      tree,
      hasher,
      isRecorded: (chunk) => stale.has(chunk),
      signal,
    });
    // What was recorded for a file that is shorter now is not there any more.
    const recorded = new ChunkMap(tree.chunkCount);
    for (const chunk of believed) recorded.add(chunk);
    const limits = () => ({ runMs: settings()['download.run'], runMaxBytes: settings()['download.run-max'] });
    const planner = new RangePlanner(tree.chunkCount, random, limits);
    const recorder = recorderOf(stored, tree, { part, recorded, deps });
    for (const chunk of found) recorder.add(chunk);
    let doneBytes = 0;
    for (const chunk of [...believed, ...found]) {
      planner.markDone(chunk);
      doneBytes += tree.span(chunk).bytes;
    }
    return { part, planner, recorder, doneBytes };
  } catch (error) {
    await part.close();
    throw error;
  }
}

type Recording = {
  readonly part: PartFile;
  readonly recorded: ChunkMap;
  readonly deps: DownloadDeps & { readonly syncFailed: (error: unknown) => void };
};

function recorderOf(stored: StoredDownload, tree: ChunkTree, { part, recorded, deps }: Recording): Recorder {
  const { clock, settings, store, logger, syncFailed } = deps;
  return new Recorder({
    clock,
    settings,
    size: tree.size,
    sync: () => part.sync(),
    record: async (chunks) => {
      for (const chunk of chunks) recorded.add(chunk);
      await store.saveRecorded(stored.id, recorded.toBytes());
    },
    syncFailed,
    recordFailed: (error) => logger.warn('progress could not be recorded', { download: stored.id, error }),
  });
}
