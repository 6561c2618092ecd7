import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { Source } from '../../../src-main/engine/download/source.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { DownloadWorld, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
const HOURS = 3_600_000;
const [FIRST, SECOND, LIAR] = ['c', 'd', '6'].map((digit) => digit.repeat(64)) as [NodeId, NodeId, NodeId];

/** A download whose only source, as a supernode says, has something else. */
async function misled(size = 2 * MIB) {
  const world = await DownloadWorld.start();
  const { hash } = makeFile(size);
  const { found } = await world.source(makeFile(MIB, 99));
  const id = await world.downloads.add({ hash, size, name: 'x', sources: [{ ...found, namedBy: FIRST }] });
  return { world, found, id };
}

describe('a source that has not got the file', () => {
  test.each([2 * MIB, 1000])(
    'of %i bytes is one false hit of who named it, however often it is tried',
    async (size) => {
      const { world, found, id } = await misled(size);
      world.findable = [{ ...found, namedBy: FIRST }];
      await world.clock.advance(3 * HOURS);
      expect(world.searches).toBeGreaterThan(3);
      expect(world.view(id).sources[0]?.reason).toBe('content.not-found');
      expect(world.judged).toEqual([{ supernode: FIRST, outcome: 'false' }]);
      expect(world.tried).toEqual(['false']);
    },
  );

  test('is held against another supernode that names it later, and is no further source', async () => {
    const { world, found, id } = await misled();
    await world.clock.advance(60_000);
    world.downloads.addSource(id, { ...found, namedBy: SECOND });
    await world.clock.advance(HOURS);
    expect(world.judged.map(({ supernode }) => supernode)).toEqual([FIRST, SECOND]);
    expect(world.tried).toEqual(['false']);
  });

  test('is held against nobody after a restart, until it is named again', async () => {
    const { world, found, id } = await misled();
    await world.clock.advance(60_000);
    await world.kill();
    await world.clock.advance(HOURS);
    expect(world.view(id).sources[0]?.reason).toBe('content.not-found');
    expect(world.judged).toHaveLength(1);
    world.downloads.addSource(id, { ...found, namedBy: FIRST });
    await world.clock.advance(HOURS);
    expect(world.judged).toHaveLength(2);
  });

  test('or is another peer at an address, is held against those alone who gave that address', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const other = await world.source(makeFile(MIB, 99));
    const nodeId = 'e'.repeat(64) as NodeId;
    const id = await world.downloads.add({ hash: file.hash, size: 2 * MIB, name: 'x' });
    // It is off at the moment.
    const there = [{ host: '10.9.9.9', port: 1214 }];
    for (const namedBy of [FIRST, SECOND]) world.downloads.addSource(id, { nodeId, addresses: there, namedBy });
    world.downloads.addSource(id, { nodeId, addresses: other.found.addresses, namedBy: LIAR });
    await world.clock.advance(HOURS);
    expect(world.view(id).sources[0]?.reason).toBe('peer.wrong-identity');
    expect(world.judged).toEqual([{ supernode: LIAR, outcome: 'false' }]);
    expect(world.tried).toEqual(['false']);
  });

  test('counts anew when it had the file in between', () => {
    const source = new Source('a'.repeat(64) as NodeId, {
      clock: new VirtualClock(),
      settings: () => DEFAULT_SETTINGS,
    });
    source.learn({ nodeId: 'a'.repeat(64) as NodeId, addresses: [], namedBy: FIRST });
    const isFalse = { outcome: 'false', namers: [FIRST], isFirst: true };
    expect(source.disproved('content.not-found')).toEqual(isFalse);
    expect(source.disproved('content.not-found')).toBeUndefined();
    expect(source.proved()).toEqual({ ...isFalse, outcome: 'good' });
    expect(source.disproved('content.not-found')).toEqual(isFalse);
  });
});
