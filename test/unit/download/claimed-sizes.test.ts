import { expect, it } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import type { ScriptedFile, ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;

const longer = (file: ScriptedFile, by: number): ScriptedFile => ({
  ...file,
  bytes: new Uint8Array([...file.bytes, ...new Uint8Array(by)]),
});
/** What somebody says of a peer that nobody can reach. */
const dead = (number: number, size: number) => ({
  nodeId: number.toString(16).padStart(64, 'd') as NodeId,
  addresses: [{ host: `10.9.9.${number}`, port: 1214 }],
  size,
});
const withoutSize = ({ found: { nodeId, addresses } }: ScriptedSource) => ({ nodeId, addresses });

/** A file of unknown size and who has it, at so many bytes a second. */
async function start(bytesPerSecond = 4 * MIB) {
  const world = await DownloadWorld.start();
  const file = makeFile(5 * MIB + 1000);
  return { world, file, honest: await world.source(file, bytesPerSecond) };
}

it.each([MIB, -2 * MIB, -5 * MIB, 1])(
  'what is claimed of one that never answers, %i bytes more, disturbs no transfer',
  async (more) => {
    const { world, file, honest } = await start(MIB / 20);
    const id = await world.downloads.add({ hash: file.hash, name: 'file.bin', sources: [honest.found] });
    await world.clock.advance(30_000);
    for (const number of [1, 2]) world.downloads.addSource(id, dead(number, file.bytes.length + more));
    const ms = await world.until(id, 'done', 200_000);
    expect(ms).toBeLessThan(90_000);
    expect(world.strikes).toEqual([]);
    expect(honest.sentBytes).toBeLessThan(file.bytes.length + MIB);
  },
);

it.each([MIB, -2 * MIB])('an honest source is not blamed for a size that others claim, %i bytes more', async (more) => {
  for (const isTold of [true, false]) {
    const { world, file, honest } = await start();
    const id = await world.downloads.add({
      hash: file.hash,
      name: 'file.bin',
      sources: [1, 2].map((number) => dead(number, file.bytes.length + more)),
    });
    world.downloads.addSource(id, isTold ? honest.found : withoutSize(honest));
    await world.until(id, 'done', 120_000);
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
    expect(world.strikes).toEqual([]);
  }
});

it('a tree that chunks have fitted is kept, however many say that the file is longer', async () => {
  const { world, file, honest } = await start(MIB);
  const id = await world.downloads.add({ hash: file.hash, name: 'file.bin', sources: [honest.found] });
  await world.clock.runUntil(() => world.view(id).done >= MIB, 60_000);
  for (let i = 0; i < 2; i++) world.downloads.addSource(id, (await world.source(longer(file, 3 * MIB))).found);
  await world.until(id, 'done', 60_000);
  expect(world.strikes).toEqual([]);
  expect(world.logger.lines.filter(({ event }) => event === 'sources disagree about the size')).toEqual([]);
});

it('one that answers with another size than the file has costs the honest source nothing', async () => {
  for (const by of [MIB, 3 * MIB]) {
    const { world, file, honest } = await start();
    const liar = await world.source(longer(file, by));
    liar.script.answer = ({ path }) =>
      path.endsWith('/tree')
        ? { status: 200, body: new Uint8Array(32 * Math.ceil((file.bytes.length + by) / MIB)) }
        : undefined;
    const id = await world.downloads.add({ hash: file.hash, name: 'file.bin', sources: [liar.found, honest.found] });
    await world.until(id, 'done', 120_000);
    expect(world.strikes).toEqual([liar.peer.nodeId]);
  }
});
