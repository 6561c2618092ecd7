import { equalBytes } from '../../contract/bytes.ts';
import { chunkRoot } from '../../engine/content/chunk-root.ts';
import type { VerifiedChunk } from '../../engine/ports/index.ts';
import { hashFileNow } from '../hash-file.ts';
import { nodeHashInto } from '../node-sha256.ts';
import { answerTasks } from './answer-tasks.ts';

const api = {
  hashFile: hashFileNow,
  /** See Hasher.verifyChunk. */
  verifyChunk(buffer: ArrayBuffer, length: number, leaves: number, expected: Uint8Array): VerifiedChunk {
    const root = chunkRoot(new Uint8Array(buffer, 0, length), leaves, nodeHashInto);
    return { ok: equalBytes(root, expected), buffer };
  },
  /** Loads the readers of media and documents on first use: a thread that only hashes needs none. */
  async describe(path: string) {
    const { describeFile } = await import('../descriptors/describe-file.ts');
    return describeFile(path);
  },
};

export type HashWorkerApi = typeof api;

/** Entry of the threads that hash files, check chunks and read descriptors. */
answerTasks(api);
