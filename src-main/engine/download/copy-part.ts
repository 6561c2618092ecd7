import { equalBytes } from '../../contract/bytes.ts';
import { AppError } from '../../contract/errors.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { FileSystem, ReadHandle, WriteHandle } from '../ports/file-system.ts';

/**
 * Copies a part that holds so many bytes to where nothing lies, and syncs it. Holes stay holes. Every block is read back and compared when
 * all are on the disk. Fails with disk.* or the signal's reason: then half a copy may lie there.
 */
export async function copyPart(
  files: FileSystem,
  { from, to, doneBytes }: { readonly from: string; readonly to: string; readonly doneBytes: number },
  signal: AbortSignal,
): Promise<void> {
  const missing = doneBytes - (await files.freeBytes(files.paths.parent(to)));
  if (missing > 0) throw new AppError('disk.full', { path: to, needed: `${Math.ceil(missing / 1e6)} MB` });
  const source = await files.openRead(from);
  if (!source) throw new AppError('disk.missing', { path: from });
  try {
    const target = await files.openWrite(to);
    try {
      await copyBlocks(source, target, signal);
      await target.sync();
      if (!(await isCopy(source, target, signal)))
        throw new AppError('disk.failed', { path: to, why: 'what was copied there reads otherwise' });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyBlocks(source: ReadHandle, target: WriteHandle, signal: AbortSignal): Promise<void> {
  const { size } = await source.stat();
  const zeros = new Uint8Array(CHUNK_BYTES);
  const block = new Uint8Array(CHUNK_BYTES);
  await target.resize(size);
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    signal.throwIfAborted();
    const bytes = block.subarray(0, await source.read(block, at));
    if (!equalBytes(bytes, zeros.subarray(0, bytes.length))) await target.write(bytes, at);
  }
}

async function isCopy(source: ReadHandle, target: ReadHandle, signal: AbortSignal): Promise<boolean> {
  const [{ size }, copied] = await Promise.all([source.stat(), target.stat()]);
  const [a, b] = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    signal.throwIfAborted();
    const [length, other] = await Promise.all([source.read(a, at), target.read(b, at)]);
    if (length !== other || length === 0 || !equalBytes(a.subarray(0, length), b.subarray(0, other))) return false;
  }
  return copied.size === size;
}
