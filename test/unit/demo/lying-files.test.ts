import { expect, test } from 'vitest';
import { lieAbout } from '../../../src-main/demo/lying-files.ts';
import { MemoryFileSystem } from '../../../src-main/simulator/memory-file-system.ts';

test('lies about one file only, and only after its honest bytes', async () => {
  const truth = new MemoryFileSystem({ clock: { wallMs: () => 0 } });
  await truth.makeFolder('/s');
  for (const name of ['a', 'b']) await truth.writeSmall(`/s/${name}`, new Uint8Array(30).fill(7));
  const files = lieAbout(truth, { name: 'a', honestBytes: 20 });
  const readTwice = async (path: string) => {
    const handle = await files.openRead(path);
    const [first, second] = [new Uint8Array(15), new Uint8Array(15)];
    await handle?.read(first, 0);
    await handle?.read(second, 15);
    await handle?.close();
    return [...first, ...second];
  };
  const honest = new Array<number>(30).fill(7);
  expect(await readTwice('/s/b')).toEqual(honest);
  expect(await readTwice('/s/a')).toEqual(honest.with(15, 6));
  expect(await files.list('/s')).toHaveLength(2);
  expect(truth.openHandles).toBe(0);
});
