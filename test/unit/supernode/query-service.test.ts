import { describe, expect, it, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/contract/settings.ts';
import type { IndexAnswer } from '../../../src-main/engine/ports/index.ts';
import { QueryService } from '../../../src-main/engine/supernode/query-service.ts';
import type { Hits } from '../../../src-main/engine/wire/messages/hits.ts';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { decodeMessage } from '../../../src-main/engine/wire/session-message.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { ScriptedIndex } from '../../support/scripted-index.ts';
import { RecordingPeer, ScriptedSearchNetwork } from '../../support/scripted-search-network.ts';
import { content, hits, node, searchId, targets } from '../../support/search-fixtures.ts';

function serviceOf(settings: Partial<Settings> = {}) {
  const clock = new VirtualClock();
  const network = new ScriptedSearchNetwork(clock);
  const index = new ScriptedIndex();
  const random = new SeededRandom(1);
  const blocked = new Set<ContentHash>();
  const service = new QueryService({
    clock,
    random,
    network,
    index,
    logger: new MemoryLogger(),
    settings: () => ({ ...DEFAULT_SETTINGS, ...settings }),
    isStruck: () => false,
    isBlocked: (hash) => blocked.has(hash),
    ask: network.ask.bind(network),
    check: () => undefined,
  });
  let last = 0;
  const ask = (peer: RecordingPeer, query: Partial<Query> = {}) => {
    const id = searchId(++last);
    const words = query.hash === undefined ? { words: 'song' } : {};
    service.message(peer, { type: 'query', id, ...words, limit: 100, ...query });
    return id;
  };
  const ended = (peer: RecordingPeer, count: number) =>
    clock.runUntil(() => peer.of('end').length >= count, 120_000).then(() => clock.advance(0));
  return { clock, network, index, service, ask, ended, blocked };
}

const from = (number: number, host = '40.1.2.3') => ({ nodeId: node(number), address: { host, port: 1214 } });
const query = (number: number): Query => ({ type: 'query', id: searchId(number), words: 'song', limit: 200 });

describe('queries of leaves', () => {
  it('are answered with hits that say who named them and in which wave, then waves, then the end', async () => {
    const { network, index, ask, ended } = serviceOf();
    const leaf = new RecordingPeer(1);
    index.hits = hits(0, 3);
    network.add(targets(10, 2), (at) => ({ hits: hits(100 + at, 1) }));
    const id = ask(leaf);
    await ended(leaf, 1);
    expect(leaf.of('hits').map(({ from: namer, wave }) => [namer, wave])).toEqual([
      [network.nodeId, 0],
      [node(10), 1],
      [node(11), 1],
    ]);
    expect(leaf.of('wave').map(({ wave, asked, results }) => [wave, asked, results])).toEqual([
      [0, 1, 3],
      [1, 2, 5],
    ]);
    expect(leaf.sent.at(-1)).toEqual({ type: 'end', id, reason: 'exhausted', results: 5 });
  });

  it('end with the wave that was enough', async () => {
    const { network, index, ask, ended } = serviceOf();
    const leaf = new RecordingPeer(1);
    const id = ask(leaf, { results: 100 });
    await ended(leaf, 1);
    const own = { wave: 0, asked: 1, answered: 1, results: 100, prefixes: [network.nodeId.slice(0, 12)] };
    expect(leaf.sent).toEqual([{ type: 'end', id, reason: 'limit', results: 100, lastWave: own }]);
    index.hits = hits(0, 3);
    network.add(targets(10, 1), () => ({ hits: hits(100, 1) }));
    ask(leaf, { limit: 4 });
    await ended(leaf, 2);
    expect(leaf.of('wave').map(({ wave }) => wave)).toEqual([0]);
    expect(leaf.of('end')[1]).toMatchObject({ reason: 'limit', lastWave: { wave: 1, asked: 1, results: 4 } });
  });

  it('are 30 a minute; the next is refused and the one after a minute is not', async () => {
    const { clock, ask, ended } = serviceOf({ 'search.leaf-running': 100 });
    const leaf = new RecordingPeer(1);
    for (let at = 0; at < 31; at++) ask(leaf);
    await ended(leaf, 31);
    expect(leaf.of('end').filter(({ error }) => error === 'search.over-budget')).toHaveLength(1);
    const other = new RecordingPeer(2);
    ask(other);
    await ended(other, 1);
    expect(other.of('end')[0]?.error).toBeUndefined();
    await clock.advance(70_000);
    ask(leaf);
    await ended(leaf, 32);
    expect(leaf.of('end').at(-1)?.error).toBeUndefined();
  });

  it('of one leaf run 10 at once', async () => {
    const { network, ask, clock } = serviceOf();
    network.add(targets(10, 1), () => ({ afterMs: 1000, hits: [] }));
    const leaf = new RecordingPeer(1);
    for (let at = 0; at < 12; at++) ask(leaf);
    await clock.advance(10);
    expect(leaf.of('end').map(({ error }) => error)).toEqual(['search.over-budget', 'search.over-budget']);
  });

  it('can be stopped, and go on with `more` for 5 minutes, also over a new session', async () => {
    const { clock, network, service, ask, ended } = serviceOf();
    network.add(targets(10, 1), () => ({ afterMs: 1000, hits: hits(0, 1) }));
    const leaf = new RecordingPeer(1);
    const id = ask(leaf);
    await clock.advance(100);
    service.message(leaf, { type: 'stop', id });
    await ended(leaf, 1);
    expect(leaf.of('end')).toMatchObject([{ reason: 'stopped' }]);
    network.add(targets(20, 1), () => ({ hits: hits(5, 1) }));
    const again = new RecordingPeer(1);
    await clock.advance(299_000);
    service.message(again, { type: 'more', id, limit: 10 });
    await ended(again, 1);
    expect(again.of('end')).toMatchObject([{ reason: 'exhausted', results: 1 }]);
    await clock.advance(301_000);
    service.message(again, { type: 'more', id, limit: 10 });
    expect(again.of('end').at(-1)).toMatchObject({ error: 'search.unknown' });
  });

  it('end when their session is gone', async () => {
    const { clock, network, service, ask } = serviceOf();
    network.add(targets(10, 100), () => ({ afterMs: 1000, hits: [] }));
    const leaf = new RecordingPeer(1);
    ask(leaf);
    await clock.advance(100);
    leaf.isOpen = false;
    service.gone(leaf);
    await clock.advance(60_000);
    expect([network.asked.length, clock.pendingTimers]).toEqual([8, 0]);
  });

  it('that cannot be asked say so', async () => {
    const { ask, ended } = serviceOf();
    const leaf = new RecordingPeer(1);
    ask(leaf, { words: 'bad' });
    await ended(leaf, 1);
    expect(leaf.of('end')).toMatchObject([{ error: 'search.query-invalid' }]);
  });

  it('leave no timer when the service stops', async () => {
    const { clock, network, service, ask } = serviceOf();
    network.add(targets(10, 100), () => ({ afterMs: 1000, hits: [] }));
    ask(new RecordingPeer(1));
    await clock.advance(100);
    service.stop();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a hot query', () => {
  it('costs one search for a crowd within 60 s, with the own index always fresh', async () => {
    const { clock, network, index, ask, ended } = serviceOf();
    network.add(targets(10, 3), (at) => ({ hits: hits(100 + at, 1) }));
    const [first, second, third] = [new RecordingPeer(1), new RecordingPeer(2), new RecordingPeer(3)];
    index.hits = hits(50, 4);
    ask(first, { words: 'Blue  Train' });
    await ended(first, 1);
    index.hits = hits(0, 1);
    ask(second, { words: 'blue train' });
    await ended(second, 1);
    expect(network.asked).toHaveLength(3);
    expect(second.of('end')).toMatchObject([{ reason: 'exhausted', results: 4 }]);
    await clock.advance(60_000);
    ask(third, { words: 'blue train' });
    await ended(third, 1);
    expect(network.asked).toHaveLength(6);
  });

  it('is asked anew for who has had that answer', async () => {
    const { network, ask, ended } = serviceOf();
    network.add(targets(10, 3), (at) => ({ hits: hits(100 + at, 1) }));
    const leaf = new RecordingPeer(1);
    ask(leaf);
    await ended(leaf, 1);
    ask(leaf);
    await ended(leaf, 2);
    expect(network.asked).toHaveLength(6);
  });

  it('goes on with `more` without asking again those whom the first search asked', async () => {
    const { network, service, ask, ended } = serviceOf();
    network.add(targets(10, 3), (at) => ({ hits: hits(100 + at, 1) }));
    const [first, second] = [new RecordingPeer(1), new RecordingPeer(2)];
    ask(first);
    await ended(first, 1);
    const id = ask(second);
    await ended(second, 1);
    network.add(targets(20, 1), () => ({ hits: hits(500, 1) }));
    service.message(second, { type: 'more', id, limit: 100 });
    await ended(second, 2);
    expect(network.asked.map(({ nodeId }) => nodeId)).toEqual([node(10), node(11), node(12), node(20)]);
    expect(second.of('end').at(-1)).toMatchObject({ results: 4 });
  });

  it('is never an empty, an unfinished or a smaller answer', async () => {
    const again = async (
      script: { readonly afterMs?: number; readonly hits: ReturnType<typeof hits> },
      limits: readonly [number, number],
    ) => {
      const { network, ask, ended } = serviceOf({ 'search.timeout': 1000 });
      network.add(targets(10, 1), () => script);
      const [first, second] = [new RecordingPeer(1), new RecordingPeer(2)];
      ask(first, { limit: limits[0] });
      await ended(first, 1);
      ask(second, { limit: limits[1] });
      await ended(second, 1);
      return network.asked.length;
    };
    expect(await again({ hits: [] }, [100, 100])).toBe(2);
    expect(await again({ afterMs: 5000, hits: hits(0, 9) }, [100, 100])).toBe(2);
    expect(await again({ hits: hits(0, 9) }, [1, 100])).toBe(2);
    expect(await again({ hits: hits(0, 9) }, [100, 100])).toBe(1);
  });
});

/** An answer as it arrives. */
async function told(service: QueryService, asked: Query): Promise<Hits> {
  const decoded = decodeMessage((await service.answer(asked, from(5))) ?? '');
  if (!decoded.ok || decoded.message.type !== 'hits') throw new Error('no answer');
  return decoded.message;
}

describe('asks of other supernodes', () => {
  it('are answered from the own index, with where the holders are', async () => {
    const { network, index, service } = serviceOf();
    index.hits = hits(0, 2);
    const answer = await told(service, query(1));
    expect(answer).toMatchObject({ type: 'hits', id: searchId(1), more: false });
    expect(answer.hits.map(({ sources }) => sources.length)).toEqual([1, 1]);
    expect(network.asked).toEqual([]);
  });

  it('give at most 100 contents and say that there was more', async () => {
    const { index, service } = serviceOf();
    index.hits = hits(0, 150);
    const answer = await told(service, query(1));
    expect([answer.hits.length, answer.more]).toEqual([100, true]);
  });

  it('by hash give the holders of that content', async () => {
    const { index, service } = serviceOf();
    index.hits = hits(0, 3);
    const answer = await told(service, { type: 'query', id: searchId(1), hash: content(2), limit: 50 });
    expect(answer.hits.map(({ hash }) => hash)).toEqual([content(2)]);
  });

  it('leave out holders that are gone, and contents without any other', async () => {
    const { network, index, service } = serviceOf();
    index.hits = hits(0, 2);
    const [gone] = index.hits[0]?.sources ?? [];
    const here = network.sourceOf.bind(network);
    network.sourceOf = (child) => (child === gone?.nodeId ? undefined : here(child));
    const answer = await told(service, query(1));
    expect(answer.hits.map(({ hash }) => hash)).toEqual([content(1)]);
  });

  it('without a session are 20 a second of one /24, with a session without that limit', async () => {
    const { clock, network, service } = serviceOf();
    network.add(targets(100, 30), () => ({ hits: [] }));
    const busy = async (first: number, host: string) => {
      const asks = Array.from({ length: 30 }, (_, at) => service.answer(query(at), from(first + at, host)));
      return (await Promise.all(asks)).filter((answer) => answer === undefined).length;
    };
    expect(await busy(0, '40.1.2.3')).toBe(10);
    expect(await busy(100, '40.1.2.3')).toBe(0);
    expect(await busy(0, '40.1.3.3')).toBe(10);
    await clock.advance(1100);
    expect(await busy(0, '40.1.2.99')).toBe(10);
  });

  it('without a session are bounded in all', async () => {
    const { service } = serviceOf({ 'search.open-queries': 25 });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => service.answer(query(at), from(at, `40.1.${at}.1`))),
    );
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(35);
  });

  it('are refused while as many wait for the index as it answers in time', async () => {
    const { network, index, service } = serviceOf();
    network.add(targets(1, 100), () => ({ hits: [] }));
    const { promise: nothing, resolve } = Promise.withResolvers<IndexAnswer>();
    index.search = () => nothing;
    const answers = Array.from({ length: 100 }, (_, at) => service.answer(query(at), from(1 + at)));
    resolve({ hits: [], more: false });
    expect((await Promise.all(answers)).filter((answer) => answer === undefined)).toHaveLength(36);
    expect(await service.answer(query(1), from(1))).toBeDefined();
  });

  it('that make no sense are answered with nothing', async () => {
    const { service } = serviceOf();
    expect(await told(service, { ...query(1), words: 'bad' })).toMatchObject({ hits: [], more: false });
  });
});

test('what the user of the supernode blocks is in no answer, by words or by hash, to children or to other supernodes', async () => {
  const { service, index, blocked, ask, ended } = serviceOf();
  index.hits = hits(0, 3);
  const [one = content(0)] = index.hits.map(({ hash }) => hash);
  blocked.add(one);
  const leaf = new RecordingPeer(1);
  ask(leaf);
  await ended(leaf, 1);
  const found = leaf.of('hits').flatMap((message) => message.hits.map(({ hash }) => hash));
  expect(found).toHaveLength(2);
  expect(found).not.toContain(one);
  const told = decodeMessage((await service.answer({ ...query(900), words: 'song' }, from(2))) ?? '');
  expect(told).toMatchObject({ ok: true, message: { hits: [{}, {}] } });
  ask(leaf, { hash: one });
  await ended(leaf, 2);
  expect(leaf.of('end').at(-1)).toMatchObject({ results: 0 });
});
