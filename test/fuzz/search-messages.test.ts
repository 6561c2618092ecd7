import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Events } from '../../src-main/contract/api.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import { FalseHits } from '../../src-main/engine/search/false-hits.ts';
import { Searches } from '../../src-main/engine/search/searches.ts';
import { QueryService } from '../../src-main/engine/supernode/query-service.ts';
import { decodeMessage, type SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { judgeOf } from '../support/judges.ts';
import { ScriptedIndex } from '../support/scripted-index.ts';
import { RecordingPeer, ScriptedSearchNetwork } from '../support/scripted-search-network.ts';
import { content, hit, hits, node, searchId, source, targets } from '../support/search-fixtures.ts';

/** Whatever passes the decoder may come at any time, from anybody: few ids and peers, so that they meet. */
const id = fc.nat(3).map(searchId);
const count = fc.oneof(fc.nat(300), fc.constant(2 ** 53 - 1));
const prefix = fc.nat(40).map((number) => node(number).slice(0, 12));
const wireHit = fc
  .record({
    hash: fc.nat(4),
    size: fc.constantFrom(1, 64, 2 ** 53 - 1),
    name: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .map((name) => name.replace(/^\.{1,2}$|[/\0]/g, '-')),
    sources: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
  })
  .map(({ hash, size, name, sources }) => hit(hash, { size, name, sources: sources.map((at) => source(at)) }));
const reason = fc.constantFrom('limit', 'exhausted', 'timeout', 'stopped');
const error = fc.constantFrom(undefined, 'search.unknown', 'search.over-budget', 'internal');
const report = { wave: fc.nat(10_000), asked: count, answered: count, results: count, prefixes: fc.array(prefix) };
const message = fc
  .oneof(
    fc.record({
      type: fc.constant('query'),
      id,
      words: fc.string({ minLength: 1, maxLength: 200 }),
      limit: fc.integer({ min: 1, max: 10_000 }),
      asked: fc.array(prefix),
      results: fc.nat(10_000),
    }),
    fc.record({
      type: fc.constant('query'),
      id,
      hash: fc.nat(4).map(content),
      limit: fc.integer({ min: 1, max: 200 }),
    }),
    fc.record({ type: fc.constant('more'), id, limit: fc.integer({ min: 1, max: 10_000 }) }),
    fc.record({ type: fc.constant('stop'), id }),
    fc.record({
      type: fc.constant('hits'),
      id,
      hits: fc.array(wireHit, { maxLength: 5 }),
      more: fc.boolean(),
      from: fc.nat(5).map(node),
      wave: fc.nat(10_000),
    }),
    fc.record({ type: fc.constant('wave'), id, ...report }),
    fc.record({ type: fc.constant('end'), id, reason, results: count, error }),
    fc.record({ type: fc.constant('end'), id, reason, results: count, lastWave: fc.record(report) }),
  )
  .map((value): SessionMessage => {
    const decoded = decodeMessage(JSON.stringify(value));
    if (!decoded.ok) throw new Error(`the generator is wrong: ${decoded.why}`);
    return decoded.message;
  });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('say' as const), peer: fc.nat(3), message, ms: fc.nat(900) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('gone' as const), peer: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('parent' as const), peer: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('role' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('search' as const), hops: fc.nat(2) }) },
);

describe('search messages from anybody, in any order', () => {
  it('never throw, never leave an error in the log or a timer, and every search ends once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const clock = new VirtualClock();
        const network = new ScriptedSearchNetwork(clock);
        const logger = new MemoryLogger();
        const index = new ScriptedIndex();
        index.hits = hits(0, 5);
        network.add(targets(10, 12), (at) => (at % 3 === 0 ? {} : { afterMs: 100 * at, hits: hits(at, 3) }));
        // Searches of this peer get the ids that the messages use.
        let last = 0;
        const random = new SeededRandom(1);
        const ids = {
          ...{ int: random.int.bind(random), float: random.float.bind(random) },
          bytes: () => idBytes(last++),
        };
        const common = {
          clock,
          logger,
          network,
          settings: () => DEFAULT_SETTINGS,
        };
        const falseHits = new FalseHits({ ...common, strike: () => undefined });
        for (let i = 0; i < 10; i++) falseHits.report(node(3), 'false');
        falseHits.caught(node(2), 'test');
        const service = new QueryService({
          ...common,
          random,
          index,
          isStruck: (by) => falseHits.isStruck(by),
          ask: network.ask.bind(network),
          check: () => undefined,
        });
        const started: string[] = [];
        const ended: string[] = [];
        const searches = new Searches({
          ...common,
          random: ids,
          falseHits,
          allowed: (found) => found,
          queryText: { terms: (words) => words.split(' '), fold: (text) => text },
          ownService: service,
          judge: judgeOf(common.settings),
          emit: (name, event) => {
            if (name === 'search.end') ended.push((event as Events['search.end']).id);
          },
        });
        const peers = [0, 1, 2, 3].map((number) => new RecordingPeer(number));
        for (const one of steps) {
          const peer = peers['peer' in one ? one.peer : 0] ?? new RecordingPeer(0);
          if (one.does === 'say') {
            service.message(peer, one.message);
            searches.message(peer, one.message);
            await clock.advance(one.ms);
          } else if (one.does === 'gone') {
            service.gone(peer);
            searches.gone(peer);
          } else if (one.does === 'parent') network.setParent(peer);
          else if (one.does === 'role') {
            network.isSupernode = !network.isSupernode;
            searches.serverChanged();
          } else {
            network.hops = one.hops > 0 ? [new RecordingPeer(2)] : [];
            if (last < 4) started.push(searches.start({ words: 'song', hops: one.hops }));
          }
        }
        await clock.advance(61_000);
        expect([...ended].sort()).toEqual([...started].sort());
        searches.close();
        service.stop();
        await clock.advance(0);
        expect(clock.pendingTimers).toBe(0);
        expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

function idBytes(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  bytes[3] = number;
  return bytes;
}
