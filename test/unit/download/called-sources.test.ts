import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;
const PATH = `${FOLDER}/file.bin`;
const THROUGH = { nodeId: 'c'.repeat(64) as NodeId, address: { host: '20.1.0.1', port: 1214 } };

/** A source that is known only by the supernode to call it through. */
const behind = ({ found }: ScriptedSource, more: object = {}) => ({
  ...found,
  addresses: [],
  through: THROUGH,
  ...more,
});

describe('a source that has to be called', () => {
  it('gives the size, the tree and every byte over connections that it opens', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(20 * MIB);
    const source = await world.source(file, 4 * MIB);
    world.network.shut(source.peer.host);
    world.answerCalls([source]);
    const id = await world.downloads.add({
      ...{ hash: file.hash, name: 'file.bin' },
      sources: [behind(source, { size: undefined })] as never,
    });
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
    expect(world.view(id).sources).toMatchObject([{ way: 'reverse', ways: [{ way: 'reverse', reason: null }] }]);
    // Once for ranges, once for what else it is asked meanwhile.
    expect(world.called).toEqual([source.peer.nodeId, source.peer.nodeId]);
  });

  it('is dialled first where it may be reachable, and called when that takes long', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(20 * MIB);
    const [open, shut] = [await world.source(file, 2 * MIB), await world.source(file, 2 * MIB)];
    world.network.shut(shut.peer.host);
    world.answerCalls([open, shut]);
    const both = [open, shut].map(({ found }) => ({ ...found, through: THROUGH }));
    const id = await world.add(file, [], { sources: both });
    await world.until(id, 'done');
    const { sources } = world.view(id);
    expect(sources.find(({ node }) => node === open.peer.nodeId)).toMatchObject({ way: 'direct' });
    expect(new Set(world.called)).toEqual(new Set([shut.peer.nodeId]));
  });

  it('is called at once where it says that nobody can connect to it, and dialled when that is of no use', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const source = await world.source(file);
    world.answerCalls([]);
    const id = await world.add(file, [], { sources: [{ ...source.found, through: THROUGH, reachable: false }] });
    await world.until(id, 'done', 2000);
    expect(world.view(id).sources).toMatchObject([
      {
        way: 'direct',
        ways: [
          { way: 'reverse', reason: 'peer.unreachable' },
          { way: 'relay', reason: 'peer.unreachable' },
          { way: 'direct', reason: null },
        ],
      },
    ]);
  });

  it('is known after a restart, and not told to others', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(60 * MIB);
    const source = await world.source(file, MIB);
    world.network.shut(source.peer.host);
    world.answerCalls([source]);
    const id = await world.add(file, [], { sources: [behind(source, { reachable: false })] });
    await world.clock.runUntil(() => world.view(id).done > 30 * MIB, 60_000);
    expect(world.downloads.activeSources(file.hash)).toEqual([]);
    await world.kill();
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
    expect(source.sentBytes).toBeLessThan(75 * MIB);
  });

  it('is asked again for its place in the line without another call', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const source = await world.source(file);
    world.network.shut(source.peer.host);
    world.answerCalls([source]);
    let polls = 0;
    source.script.answer = ({ path }) =>
      path.endsWith('/tree') || ++polls > 3
        ? undefined
        : { status: 503, headers: { 'retry-after': '20', 'x-queue': 'position=2, length=3, eta=40' } };
    const id = await world.add(file, [], { sources: [behind(source)] });
    await world.clock.runUntil(() => world.view(id).sources[0]?.queue === 2, 10_000);
    await world.until(id, 'done');
    expect(polls).toBeGreaterThan(3);
    expect(world.called).toHaveLength(1);
  });
});
