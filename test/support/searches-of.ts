import { expect, onTestFinished } from 'vitest';
import type { EventName, Events } from '../../src-main/contract/api.ts';
import { AppError } from '../../src-main/contract/errors.ts';
import type { SearchResult } from '../../src-main/contract/search.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import type { Allowed } from '../../src-main/engine/search/allowed-sink.ts';
import { FalseHits } from '../../src-main/engine/search/false-hits.ts';
import { Searches } from '../../src-main/engine/search/searches.ts';
import { QueryService } from '../../src-main/engine/supernode/query-service.ts';
import type { Query } from '../../src-main/engine/wire/messages/query.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { judgeOf } from './judges.ts';
import { ScriptedIndex } from './scripted-index.ts';
import { RecordingPeer, ScriptedSearchNetwork } from './scripted-search-network.ts';

const queryText = {
  terms: (words: string) => {
    if (words === 'bad') throw new AppError('search.query-invalid', { why: 'scripted' });
    return words.toLowerCase().split(' ');
  },
  fold: (text: string) => text.toLowerCase(),
};

/** Searches of one peer over a scripted network; nothing of them may be left when the test ends. */
export function searchesOf({ isSupernode = false, allowed = (<T>(hit: T) => hit) as Allowed } = {}) {
  const clock = new VirtualClock();
  const network = new ScriptedSearchNetwork(clock);
  network.isSupernode = isSupernode;
  const index = new ScriptedIndex();
  const random = new SeededRandom(7);
  const common = { clock, random, logger: new MemoryLogger(), settings: () => DEFAULT_SETTINGS, network };
  const service = new QueryService({
    ...common,
    index,
    isStruck: () => false,
    ask: network.ask.bind(network),
    check: () => undefined,
  });
  const falseHits = new FalseHits({ ...common, strike: () => undefined });
  const events = new Map<EventName, unknown[]>();
  const of = <N extends EventName>(name: N) => (events.get(name) ?? []) as Events[N][];
  const searches = new Searches({
    ...common,
    queryText,
    ownService: service,
    judge: judgeOf(common.settings),
    falseHits,
    allowed,
    emit: (name, event) => {
      const told = events.get(name) ?? [];
      told.push(event);
      events.set(name, told);
    },
  });
  onTestFinished(() => {
    // A leaf looks at its parent from time to time, and tests one that left a search lying.
    expect(clock.pendingTimers, 'timers of searches left behind').toBeLessThanOrEqual(2);
    searches.close();
    expect(clock.pendingTimers, 'timers left behind').toBe(0);
  });
  const ended = (count = 1) =>
    clock.runUntil(() => of('search.end').length >= count, 120_000).then(() => clock.advance(0));
  const results = (): readonly SearchResult[] => of('search.hit').map(({ result }) => result);
  return { clock, network, index, searches, falseHits, of, ended, results };
}

export const NEVER = new AbortController().signal;
/** A supernode that answers each query by a script, as a session would. */
export function serverOf(number: number, searches: Searches, answer: (query: Query, server: RecordingPeer) => void) {
  const server = new RecordingPeer(number);
  server.onSent = (message) => {
    if (message.type === 'query') answer(message, server);
  };
  const say = (message: Parameters<Searches['message']>[1]) => searches.message(server, message);
  return { server, say };
}

export const wave = (number: number, prefixes: string[]) => ({
  type: 'wave' as const,
  wave: number,
  asked: 1,
  answered: 1,
  results: 1,
  prefixes,
});
