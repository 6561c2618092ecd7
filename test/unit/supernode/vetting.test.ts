import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { IncomingResponse, OutgoingRequest } from '../../../src-main/engine/ports/index.ts';
import { FalseHits } from '../../../src-main/engine/search/false-hits.ts';
import { RoundTrips } from '../../../src-main/engine/search/round-trips.ts';
import { WaveSearch } from '../../../src-main/engine/search/wave-search.ts';
import { VetAhead } from '../../../src-main/engine/supernode/vet-ahead.ts';
import { Vetting } from '../../../src-main/engine/supernode/vetting.ts';
import type { Hits } from '../../../src-main/engine/wire/messages/hits.ts';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { hit, node, searchId, source, target } from '../../support/search-fixtures.ts';

const MINUTE_MS = 60_000;
type Answer = number | 'other key' | 'nobody' | 'silence';

describe('a supernode that asks others for its children', () => {
  const clock = new VirtualClock();
  const NAMER = target(1);
  let asked: Query[];
  let requests: OutgoingRequest[];
  let sources: Answer;
  /** What is said of the sources. */
  let reachable: boolean;
  let invents: boolean;
  /** Whether it finds a word that many files have. */
  let finds: boolean;
  let struck: string[];
  let falseHits: FalseHits;
  let vetting: Vetting;

  beforeEach(() => {
    [asked, requests, sources, invents, finds, struck] = [[], [], 200, false, false, []];
    reachable = true;
    const settings = () => DEFAULT_SETTINGS;
    falseHits = new FalseHits({ clock, settings, strike: (supernode) => struck.push(supernode) });
    const random = new SeededRandom(5);
    vetting = new Vetting({ clock, settings, random, falseHits, network: { ask }, links: { request } });
  });

  async function ask(_: unknown, query: Query): Promise<Hits> {
    asked.push(query);
    const isCanary = query.words !== 'song' && (query.words?.includes(' ') || !finds);
    return {
      type: 'hits',
      id: query.id,
      hits: isCanary && !invents ? [] : [1, 2, 3, 4].map((n) => hit(n, { sources: [source(n, { reachable })] })),
      more: false,
    };
  }

  async function request(_: unknown, outgoing: OutgoingRequest): Promise<IncomingResponse> {
    requests.push(outgoing);
    if (sources === 'other key') throw new AppError('peer.wrong-identity', { address: 'a', actual: node(7) });
    if (sources === 'nobody') throw new AppError('peer.timeout', { address: 'a' });
    if (sources === 'silence') await clock.sleep(60_000);
    const remote = { nodeId: node(2), address: { host: '10.0.0.2', port: 1 } };
    return { status: Number(sources), headers: {}, body: new Uint8Array(), remote, elapsedMs: 1 };
  }

  const search = async () => {
    const query = { type: 'query' as const, id: searchId(1), words: 'song', limit: 10 };
    const answer = await vetting.ask(NAMER, query, new AbortController().signal);
    return vetting.check(NAMER, answer) ?? answer;
  };

  it('asks an unknown one for what nobody has, beside the first query and no other', async () => {
    await search();
    await search();
    expect(asked.map(({ words }) => words === 'song')).toEqual([false, true, true]);
    expect(struck).toEqual([]);
  });

  it('asks that as it asks for others, so that nobody can tell', async () => {
    const search = new WaveSearch(
      { type: 'query', id: searchId(1), words: 'song', limit: 42 },
      { hits: () => undefined, wave: () => undefined, end: () => undefined },
      {
        ...{ clock, random: new SeededRandom(8), logger: new MemoryLogger(), settings: () => DEFAULT_SETTINGS },
        network: { nodeId: node(9), askTargets: () => [NAMER] },
        ...{ isStruck: () => false, ask: vetting.ask.bind(vetting), check: () => undefined },
        ...{ roundTrips: new RoundTrips(), own: async () => ({ hits: [], more: false }), permit: async () => true },
      },
    );
    search.start();
    await clock.runUntil(() => !search.isRunning, 60_000);
    const shapes = asked.map(({ words, id, ...rest }) => ({ ...rest, id: id.length, words: typeof words }));
    expect(shapes).toHaveLength(2);
    expect(shapes[0]).toEqual(shapes[1]);
  });

  it('strikes one that finds it, and takes nothing of it', async () => {
    invents = true;
    await expect(search()).rejects.toMatchObject({ code: 'peer.protocol' });
    expect([struck, falseHits.isStruck(node(1)), requests.length]).toEqual([[node(1)], true, 0]);
  });

  it('asks three sources of an answer for the head of their file, and passes it on when one has it', async () => {
    expect((await search()).hits).toHaveLength(4);
    expect(requests).toHaveLength(3);
    expect(requests[0]).toMatchObject({ method: 'HEAD', path: expect.stringMatching(/^\/content\/[0-9a-f]{64}$/) });
  });

  it.each([404, 'other key'] as const)(
    'passes nothing on whose sources answer %s, and strikes in the end',
    async (answer) => {
      sources = answer;
      for (let searched = 0; searched < 4; searched++) expect((await search()).hits).toEqual([]);
      expect(falseHits.isStruck(node(1))).toBe(true);
    },
  );

  it('concludes nothing from sources that nobody reaches, and stops asking so many', async () => {
    sources = 'nobody';
    for (let searched = 0; searched < 100; searched++) expect((await search()).hits).toHaveLength(4);
    expect(falseHits.isStruck(node(1))).toBe(false);
    expect(requests.length).toBeLessThan(60);
  });

  it('trusts nobody for sources that are said to be out of reach', async () => {
    reachable = false;
    for (let searched = 0; searched < 20; searched++) await search();
    expect([requests.length, vetting.isKnown(node(1))]).toEqual([0, false]);
    [reachable, sources] = [true, 404];
    expect((await search()).hits).toEqual([]);
  });

  it('holds nothing back any more when nobody reached twelve sources', async () => {
    sources = 'silence';
    const tookMs: number[] = [];
    for (let searched = 0; searched < 5; searched++) {
      const fromMs = clock.monotonicMs();
      let isOver = false;
      const searching = search().then(() => {
        isOver = true;
      });
      await clock.runUntil(() => isOver, 2000);
      await searching;
      tookMs.push(clock.monotonicMs() - fromMs);
    }
    expect(tookMs).toEqual([1000, 1000, 1000, 1000, 0]);
    await clock.advance(120_000);
  });

  describe('vets neighbours ahead', () => {
    const ahead = () => {
      const made = new VetAhead({
        ...{
          clock,
          random: new SeededRandom(6),
          logger: new MemoryLogger(),
          vetting,
          settings: () => DEFAULT_SETTINGS,
        },
        network: {
          askTargets: () => [
            { ...NAMER, session: true },
            { ...target(2), session: false },
          ],
        },
      });
      onTestFinished(() => made.stop());
      return made;
    };

    it('one a minute as long as it is a supernode, until it is known', async () => {
      const vetter = ahead();
      vetter.roleChanged('leaf');
      await clock.advance(10 * MINUTE_MS);
      expect(asked).toEqual([]);
      vetter.roleChanged('supernode');
      finds = true;
      await clock.advance(10 * MINUTE_MS);
      // For what nobody has, and for what many have: three sources of one answer are enough.
      expect([asked.length, requests.length]).toEqual([2, 3]);
      const fromMs = clock.monotonicMs();
      await search();
      expect(clock.monotonicMs()).toBe(fromMs);
    });

    it('and strikes one that finds what nobody has, though nobody searches', async () => {
      invents = true;
      ahead().roleChanged('supernode');
      await clock.advance(2 * MINUTE_MS);
      expect(struck).toEqual([node(1)]);
    });
  });

  it('holds an answer back for a second at most', async () => {
    sources = 'silence';
    const searching = search();
    await clock.advance(1000);
    expect((await searching).hits).toHaveLength(4);
    await clock.advance(120_000);
  });

  it('passes the answers of a proven one on at once, and looks at few of them', async () => {
    for (let searched = 0; searched < 100; searched++) await search();
    expect(requests.length).toBeGreaterThan(12);
    expect(requests.length).toBeLessThan(30);
  });
});
