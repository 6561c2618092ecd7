import { chunkLength, LEAF_BYTES } from '../content/constants.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { ChunkTree } from './chunk-tree.ts';
import type { PartFile } from './part-file.ts';

export type Resumed = {
  /** Chunks that were recorded and whose bytes can be there. */
  readonly believed: readonly number[];
  /** Chunks that were not recorded, were read again, and are whole. */
  readonly found: readonly number[];
};

type Deps = {
  readonly part: PartFile;
  readonly tree: ChunkTree;
  readonly hasher: Hasher;
  readonly isRecorded: (chunk: number) => boolean;
  readonly signal: AbortSignal;
};

/**
 * What of a part file can be used at a start (protocol section 9): recorded chunks are believed, any other with bytes on disk is read,
 * hashed and written again, so that a kill costs only what was in flight.
 */
export async function resumePart({ part, tree, hasher, isRecorded, signal }: Deps): Promise<Resumed> {
  const length = await part.length();
  const believed: number[] = [];
  const found: number[] = [];
  let buffer = new ArrayBuffer(chunkLength(tree.size, 0));
  for (let chunk = 0; chunk < tree.chunkCount; chunk++) {
    signal.throwIfAborted();
    const { start, bytes } = tree.span(chunk);
    if (start + bytes > length) continue;
    if (isRecorded(chunk)) {
      believed.push(chunk);
      continue;
    }
    if (!(await holdsBytes(part, start, bytes))) continue;
    await part.read(new Uint8Array(buffer, 0, bytes), start);
    const checked = await hasher.verifyChunk(buffer, bytes, tree.leaves, tree.node(chunk));
    buffer = checked.buffer;
    if (!checked.ok) continue;
    // What was read may be in memory alone, after a sync that failed: only what is written again is on the disk after the next one.
    await part.handle.write(new Uint8Array(buffer, 0, bytes), start);
    found.push(chunk);
  }
  return { believed, found };
}

/** A hole reads as zeros: a first leaf of zeros is taken for one, at the price of fetching a chunk that really begins so once more. */
async function holdsBytes(part: PartFile, start: number, bytes: number): Promise<boolean> {
  const head = new Uint8Array(Math.min(LEAF_BYTES, bytes));
  await part.read(head, start);
  return head.some((byte) => byte !== 0);
}
