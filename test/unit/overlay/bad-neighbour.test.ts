import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AppError } from '../../../src-main/contract/errors.ts';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { SearchHandler } from '../../../src-main/engine/overlay/overlay-deps.ts';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';
import { hit, hitsText, searchId, source } from '../../support/search-fixtures.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

const linksOf = (peer: TestPeer) => peer.overlay.place().neighbours.map(({ node }) => node);
const query = (number: number): Query => ({ type: 'query', id: searchId(number), words: 'song', limit: 10 });
const answering = (answer: SearchHandler['answer']): SearchHandler => ({
  message: () => {},
  gone: () => {},
  perMinute: () => 0,
  answer,
});

/** Two supernodes that are linked; the second answers queries as the test says. */
async function linked(answer: SearchHandler['answer']): Promise<readonly [TestPeer, TestPeer]> {
  const a = await world.supernode('10.1.0.1');
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'], search: answering(answer) });
  await world.until(() => linksOf(a).length === 1 && linksOf(b).length === 1);
  return [a, b];
}

/** So many queries, each given up after so long. */
async function ask(peer: TestPeer, other: TestPeer, { count, forMs }: { count: number; forMs: number }): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const target = peer.overlay.network.askTargets().find(({ entry }) => entry.nodeId === other.nodeId);
    if (!target?.session) return;
    const stop = new AbortController();
    const asking = peer.overlay.network.ask(target, query(number), stop.signal).catch(() => undefined);
    await world.clock.advance(forMs);
    stop.abort(new Error('the search ended'));
    await asking;
  }
}

test('a neighbour that lives and does not answer queries is dropped, left alone, and replaced', async () => {
  const [a, b] = await linked(() => new Promise(() => {}));
  await ask(a, b, { count: 19, forMs: 3 * SECOND });
  expect(linksOf(a)).toEqual([b.nodeId]);
  const c = await world.supernode('10.3.0.1', { settings: { 'overlay.look-min': 60 * MINUTE } });
  await world.supernode('10.4.0.1', { bootstrap: ['10.1.0.1', '10.3.0.1'] });
  await ask(a, b, { count: 3, forMs: 3 * SECOND });
  await world.clock.advance(MINUTE);
  expect(linksOf(a)).not.toContain(b.nodeId);
  expect(linksOf(a)).toContain(c.nodeId);
  await world.clock.advance(60 * MINUTE);
  expect(linksOf(a)).not.toContain(b.nodeId);
  expect(a.overlay.network.nameable(9, new Set()).map(({ nodeId }) => nodeId)).not.toContain(b.nodeId);
  await world.clock.advance(70 * MINUTE);
  expect(linksOf(a)).toContain(b.nodeId);
});

test('a neighbour has 32 queries answered at once, and is told at once that further ones are not', async () => {
  const [a, b] = await linked(() => new Promise(() => {}));
  const target = a.overlay.network.askTargets().find(({ entry }) => entry.nodeId === b.nodeId);
  if (!target) throw new Error('no link');
  const stop = new AbortController();
  const codes: string[] = [];
  const asked = Array.from({ length: 40 }, (_, at) =>
    a.overlay.network.ask(target, query(at + 1), stop.signal).catch((error: AppError) => codes.push(error.code)),
  );
  await world.clock.advance(SECOND);
  expect(codes).toEqual(Array.from({ length: 8 }, () => 'peer.busy'));
  stop.abort(new Error('the search ended'));
  await Promise.all(asked);
});

test('a search that ends sooner than an answer can be there says nothing of a neighbour', async () => {
  const [a, b] = await linked(() => new Promise(() => {}));
  await ask(a, b, { count: 30, forMs: SECOND });
  expect(linksOf(a)).toEqual([b.nodeId]);
});

test('a neighbour whose line is cut is not blamed for what it cannot answer', async () => {
  const [a, b] = await linked(() => new Promise(() => {}));
  world.network.cut(a.host, b.host);
  await ask(a, b, { count: 12, forMs: 3 * SECOND });
  await world.clock.advance(MINUTE);
  world.network.heal(a.host, b.host);
  await world.until(() => linksOf(a).includes(b.nodeId), 5 * MINUTE);
});

test('a neighbour that names many more sources than it says it has children is dropped', async () => {
  const sources = Array.from({ length: 20 }, (_, at) => source(at + 1));
  const [a, b] = await linked(async ({ id }) =>
    hitsText({ type: 'hits', id, more: false, hits: [hit(1, { sources })] }),
  );
  await ask(a, b, { count: 2, forMs: SECOND });
  expect(linksOf(a)).toEqual([b.nodeId]);
  // As crowded as it was seen to be, whatever it says.
  a.settings = { ...a.settings, 'supernode.children': 150 };
  expect(a.overlay.place().need?.median).toBeGreaterThan(0.05);
  await ask(a, b, { count: 1, forMs: SECOND });
  expect(linksOf(a)).toEqual([]);
});

test('one that sends back what it is asked is dropped', async () => {
  const a = await world.supernode('10.1.0.1');
  await world.clock.advance(10);
  const mirror = world.network.join('10.66.0.1', 'e'.repeat(64) as NodeId);
  const opening = mirror.links.openSession(a.target);
  await world.clock.advance(20);
  const link = await opening;
  link.receive(
    (text) => text?.includes('"query"') && link.send(text),
    () => {},
  );
  const listen = [{ host: '10.66.0.1', port: 9 }];
  link.send(
    JSON.stringify({ type: 'hello', version: '1.0', role: 'supernode', listen, files: 0, bytes: 0, capacity: 10 }),
  );
  await world.until(() => linksOf(a).length === 1);
  await ask(a, { nodeId: mirror.nodeId } as TestPeer, { count: 2, forMs: 100 });
  expect(linksOf(a)).toHaveLength(1);
  await ask(a, { nodeId: mirror.nodeId } as TestPeer, { count: 1, forMs: 100 });
  expect(linksOf(a)).toEqual([]);
});

test('links are renewed slowly, one at a time, and their number stays', async () => {
  const settings = { 'supernode.neighbours': 4 };
  const peers: TestPeer[] = [];
  for (let number = 1; number <= 12; number++) {
    peers.push(await world.supernode(`10.${number}.0.1`, { bootstrap: peers.map(({ host }) => host), settings }));
    await world.clock.advance(SECOND);
  }
  await world.clock.advance(10 * MINUTE);
  const given = () =>
    peers.flatMap(({ logger }) => logger.lines.filter(({ fields }) => fields?.why === 'another takes its turn')).length;
  const before = given();
  await world.clock.advance(120 * MINUTE);
  expect(given() - before).toBeGreaterThan(0);
  // At most every half hour each; both ends say so.
  expect(given() - before).toBeLessThanOrEqual(2 * 4 * peers.length);
  expect(peers.every((peer) => linksOf(peer).length >= 2)).toBe(true);
});
