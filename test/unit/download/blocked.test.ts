import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DownloadWorld, makeFile } from '../../support/download-world.ts';
import { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;
const MINUTE = 60_000;

/** A download under way from `count` sources, some of it here. */
async function underWay(count = 1) {
  const world = await DownloadWorld.start();
  const file = makeFile(12 * MIB);
  const sources = await Promise.all(Array.from({ length: count }, () => world.source(file, MIB)));
  const id = await world.add(file, sources);
  await world.clock.runUntil(() => world.view(id).done >= 3 * MIB, MINUTE);
  const source = (at: number) => {
    const node = sources[at]?.peer.nodeId as NodeId;
    return { node, view: () => world.view(id).sources.find((one) => one.node === node) };
  };
  return { world, file, id, source };
}

describe('a download of what its user blocks', () => {
  it('stops with the rule as its reason, keeps what it has, and goes on when the rule is taken off', async () => {
    const { world, file, id } = await underWay();
    const rule = `hash:${file.hash}`;
    world.rules.set(file.hash, rule);
    world.applyRules();
    expect(world.view(id)).toMatchObject({ state: 'paused', reason: 'content.blocked', blockedBy: rule, rate: 0 });
    await world.clock.advance(1000);
    const { done } = world.view(id);
    await world.clock.advance(MINUTE);
    expect(world.view(id)).toMatchObject({ done, state: 'paused' });
    expect(await world.downloads.openPart(file.hash)).toBeUndefined();
    world.rules.clear();
    world.applyRules();
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(world.view(id).path), file.bytes)).toBe(0);
  });

  it('goes on too when the rule is gone before it had stopped', async () => {
    const { world, file, id } = await underWay();
    world.rules.set(file.hash, `hash:${file.hash}`);
    world.applyRules();
    world.rules.clear();
    world.applyRules();
    await world.until(id, 'done');
  });

  it('holds up no other one, is held up after a restart too, and stays paused when its user paused it', async () => {
    const { world, file, id } = await underWay();
    world.set({ 'download.running': 1 });
    const other = makeFile(2 * MIB, 8);
    world.rules.set('file.bin', 'name:*file*');
    world.applyRules();
    const next = await world.add(other, [await world.source(other, MIB)], { name: 'other.bin' });
    await world.until(next, 'done');
    await world.kill();
    await world.clock.advance(MINUTE);
    expect(world.view(id)).toMatchObject({ state: 'paused', reason: 'content.blocked', blockedBy: 'name:*file*' });
    await world.downloads.pause(id);
    world.rules.clear();
    world.applyRules();
    await world.clock.advance(MINUTE);
    expect(world.view(id)).toMatchObject({ state: 'paused', reason: null, blockedBy: null });
    await world.downloads.resume(id);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(world.view(id).path), file.bytes)).toBe(0);
  });

  it('that learns its name from a source stops then', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(24 * MIB);
    const id = await world.add(file, [await world.source(file, MIB)], { name: undefined });
    await world.clock.advance(2000);
    world.rules.set('a fake.bin', 'name:*fake*');
    world.downloads.addSource(id, { ...(await world.source(file, MIB)).found, name: 'a fake.bin' });
    await world.until(id, 'paused', 1000);
    expect(world.view(id).blockedBy).toBe('name:*fake*');
  });
});

describe('a source that is shut out', () => {
  it('is left at once when the user blocks it, and asked again when he does not any more', async () => {
    const { world, id, source } = await underWay(2);
    const [blocked, other] = [source(0), source(1)];
    world.rules.set(blocked.node, `node:${blocked.node}`);
    world.applyRules();
    expect(blocked.view()).toMatchObject({ state: 'blocked', reason: 'peer.blocked', bannedUntilMs: null, rate: 0 });
    const { bytes } = blocked.view() ?? {};
    await world.clock.advance(3000);
    expect(blocked.view()?.bytes).toBe(bytes);
    expect(other.view()?.state).toBe('active');
    await expect(world.downloads.retry(id, blocked.node)).rejects.toMatchObject({ code: 'peer.blocked' });
    world.rules.clear();
    world.applyRules();
    await world.clock.runUntil(() => blocked.view()?.state === 'active', 3000);
    await world.until(id, 'done');
  });

  it('by all of its addresses is left too', async () => {
    const { world, id, source } = await underWay();
    const { node, view } = source(0);
    world.downloads.addSource(id, { nodeId: node, addresses: [{ host: '10.9.9.9', port: 1214 }] });
    for (const host of ['10.0.1.1', '10.9.9.9']) world.blockedHosts.add(host);
    world.applyRules();
    expect(view()).toMatchObject({ state: 'blocked', reason: 'peer.blocked' });
  });

  it('is not one of which somebody says that it is at a blocked address too, and that is not dialled', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(12 * MIB);
    const honest = await Promise.all([1, 2, 3].map(() => world.source(file, MIB)));
    const liar = await world.source(file, MIB / 100);
    const trap = world.network.join('66.6.6.6', 'e'.repeat(64) as NodeId);
    let isDialled = false;
    const accepts = () => {
      isDialled = true;
      return false;
    };
    const unasked = { misbehaved: () => {}, session: () => {}, request: async () => ({ status: 404 }) };
    await trap.links.listen({ host: '66.6.6.6', port: 1214 }, { ...unasked, accepts });
    world.blockedHosts.add('66.6.6.6');
    liar.script.names = honest.map(({ found }) => ({ node: found.nodeId, address: '66.6.6.6:1214', complete: true }));
    const id = await world.add(file, [...honest, liar]);
    const bad = [{ host: '66.6.6.6', port: 1214 }];
    for (const { found } of honest) world.downloads.addSource(id, { ...found, addresses: bad });
    await world.clock.advance(2000);
    expect(world.view(id).sources.map(({ state }) => state)).not.toContain('blocked');
    await world.until(id, 'done', 10_000);
    expect(isDialled).toBe(false);
  });

  it('is left at the address that the user blocks, and asked at another one', async () => {
    const { world, file, id, source } = await underWay();
    const { node, view } = source(0);
    const elsewhere = { host: '10.0.9.9', port: 1214 };
    world.blockedHosts.add('10.0.1.1');
    world.downloads.addSource(id, { nodeId: node, addresses: [elsewhere] });
    world.applyRules();
    const { bytes } = view() ?? {};
    expect(view()?.state).not.toBe('blocked');
    await world.clock.advance(MINUTE);
    expect(view()).toMatchObject({ bytes, state: 'unreachable' });
    const moved = await ScriptedSource.join(world.network, elsewhere.host, node, file);
    await world.until(id, 'done', 10 * MINUTE);
    expect(moved.sentBytes).toBeGreaterThan(8 * MIB);
  });

  it('is left while it is banned everywhere, shown until when, and asked again by itself', async () => {
    const { world, id, source } = await underWay();
    const { node, view } = source(0);
    world.banned.set(node, world.clock.monotonicMs() + MINUTE);
    world.applyRules();
    expect(view()).toMatchObject({ state: 'banned', reason: 'peer.banned' });
    expect((view()?.bannedUntilMs ?? 0) - world.clock.wallMs()).toBeGreaterThan(MINUTE - 2000);
    await world.clock.advance(MINUTE - 1000);
    expect(view()?.state).toBe('banned');
    await world.until(id, 'done');
  });

  it('is asked though it is banned when the user names it, and not when he blocks it', async () => {
    const { world, file, id, source } = await underWay();
    const { node, view } = source(0);
    world.banned.set(node, world.clock.monotonicMs() + 60 * MINUTE);
    world.applyRules();
    const given = [{ nodeId: node, address: { host: '10.0.1.1', port: 1214 } }];
    await world.downloads.add({ hash: file.hash, size: file.bytes.length, given }).catch(() => undefined);
    await world.clock.runUntil(() => view()?.state === 'active', 5000);
    world.rules.set(node, `node:${node}`);
    world.applyRules();
    expect(view()?.state).toBe('blocked');
    world.rules.clear();
    world.applyRules();
    await world.until(id, 'done');
  });
});
