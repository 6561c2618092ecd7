import { expect, test } from 'vitest';
import type { DownloadId, NodeId } from '../../src-main/contract/ids.ts';
import { importList } from '../../src-main/engine/lists.ts';
import { encodeMetalink } from '../../src-main/engine/wire/metalink.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { DownloadWorld, makeFile } from '../support/download-world.ts';

const SELF = 'e'.repeat(64) as NodeId;

test('a list tells which of its files are on their way, not those that it adds, though it has one twice', async () => {
  const world = await DownloadWorld.start();
  const listed = [1, 2].map((seed) => {
    const { hash, bytes } = makeFile(1000, seed);
    return { hash, size: bytes.length, name: `${seed}.bin`, sources: [], web: [] };
  });
  const [first, second] = listed;
  if (!first || !second) throw new Error('no files');
  const known: DownloadId = await world.downloads.add(first);
  const parts = { downloads: world.downloads, library: { find: async () => undefined } } as never;
  const deps = { parts, reader: new MemoryDescriptorReader({ files: world.files }), files: world.files, self: SELF };
  const { xml } = encodeMetalink([first, second, second]);
  const outcome = await importList({ xml }, deps);
  expect(outcome).toMatchObject({ added: [{ hash: second.hash }], known: 2, underWay: [known], skipped: 0 });
});
