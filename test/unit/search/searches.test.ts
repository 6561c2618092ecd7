import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { Allowed } from '../../../src-main/engine/search/allowed-sink.ts';
import type { ResultPage } from '../../../src-main/engine/search/result-set.ts';
import { RecordingPeer } from '../../support/scripted-search-network.ts';
import { content, hit, hits, node, searchId, source } from '../../support/search-fixtures.ts';
import { NEVER, searchesOf, serverOf, wave } from '../../support/searches-of.ts';

describe('a search of which the user blocks some', () => {
  it('shows the rest, and how many files were left out', async () => {
    const allowed: Allowed = (found) => (found.name.includes('song 1') ? undefined : found);
    const { network, searches, of, ended, results } = searchesOf({ allowed });
    const { server, say } = serverOf(1, searches, ({ id }) => {
      for (const wave of [0, 1]) say({ type: 'hits', id, hits: hits(0, 3), more: false, from: node(1 + wave), wave });
      say({ type: 'end', id, reason: 'exhausted', results: 3 });
    });
    network.setParent(server);
    const id = searches.start({ words: 'song' });
    await ended();
    expect(new Set(results().map(({ name }) => name))).toEqual(new Set(['song 0.mp3', 'song 2.mp3']));
    expect(of('search.end')).toMatchObject([{ id, results: 2, blocked: 1 }]);
    expect(searches.list()).toMatchObject([{ results: 2, blocked: 1 }]);
    expect(searches.results(id, 0, 10).results).toHaveLength(2);
  });
});

describe('a supernode that was seen to invent', () => {
  it('brings nothing, whoever passes it on, neither to a user nor to a download', async () => {
    const { clock, network, searches, falseHits, ended, results } = searchesOf();
    const { server, say } = serverOf(1, searches, ({ id }) => {
      say({ type: 'hits', id, hits: [hit(0), hit(1)], more: false, from: node(2), wave: 1 });
      say({ type: 'hits', id, hits: [hit(0)], more: false, from: node(3), wave: 1 });
      say({ type: 'end', id, reason: 'exhausted', results: 2 });
    });
    network.setParent(server);
    falseHits.caught(node(2), 'it finds what nobody has');
    searches.start({ words: 'song' });
    await ended();
    expect(results().map(({ hash, namedBy }) => [hash, namedBy])).toEqual([[content(0), [node(3)]]]);
    const namers: string[] = [];
    const looking = searches.findSources(
      { hash: content(0), size: undefined },
      ({ namedBy }) => namers.push(namedBy),
      NEVER,
    );
    await clock.advance(100);
    await looking;
    expect(namers).toEqual([node(3)]);
  });
});

describe('a search that no face sees', () => {
  it('gives what it found, without what only this peer has', async () => {
    const { clock, network, searches, of } = searchesOf();
    const own = source(1, { nodeId: network.nodeId });
    const { server, say } = serverOf(1, searches, ({ id }) => {
      const found = [hit(0), hit(1, { sources: [own] }), hit(2, { sources: [own, source(5)] }), hit(3, { size: 64 })];
      say({ type: 'hits', id, hits: found, more: false, from: node(1), wave: 0 });
      const { type: _, ...lastWave } = { ...wave(1, []), asked: 3 };
      say({ ...wave(0, []), id });
      say({ type: 'end', id, reason: 'limit', results: 4, lastWave });
    });
    network.setParent(server);
    const collecting = searches.collect('song', NEVER);
    await clock.advance(100);
    const { isComplete, asked, results } = await collecting;
    expect([isComplete, asked]).toEqual([true, 4]);
    expect(results.map(({ hash }) => hash)).toEqual([content(0), content(2), content(3)]);
    expect([of('search.hit'), of('search.end'), searches.list()]).toEqual([[], [], []]);
  });

  it('is not complete when it was refused, when nobody answers, or when it is not wanted any more', async () => {
    const { clock, network, searches } = searchesOf();
    const outcome = async (signal = NEVER) => {
      const collecting = searches.collect('song', signal);
      await clock.advance(DEFAULT_SETTINGS['search.timeout'] + 1);
      return (await collecting).isComplete;
    };
    expect(await outcome()).toBe(false);
    const { server, say } = serverOf(1, searches, ({ id }) => {
      say({ type: 'end', id, reason: 'stopped', results: 0, error: 'search.over-budget' });
    });
    network.setParent(server);
    expect(await outcome()).toBe(false);
    const abort = new AbortController();
    const silent = serverOf(2, searches, ({ id }) => silent.say({ ...wave(0, []), id }));
    network.setParent(silent.server);
    const aborted = outcome(abort.signal);
    abort.abort();
    expect(await aborted).toBe(false);
    expect(await outcome(AbortSignal.abort())).toBe(false);
    // The same supernode, which never ends a search: what came until the time was up counts.
    expect(await outcome()).toBe(true);
  });
});

describe('a search of a leaf', () => {
  it('is asked of the parent, shown as results, waves and one end', async () => {
    const { network, searches, of, ended, results } = searchesOf();
    const { server, say } = serverOf(1, searches, ({ id }) => {
      say({ type: 'hits', id, hits: hits(0, 2), more: false, from: node(1), wave: 0 });
      say({ type: 'hits', id, hits: [hit(0, { sources: [source(77)] })], more: false, from: node(2), wave: 1 });
      say({ ...wave(1, []), id });
      say({ type: 'end', id, reason: 'exhausted', results: 2 });
    });
    network.setParent(server);
    const id = searches.start({ words: 'song' });
    await ended();
    expect(results().map(({ hash, sources }) => [hash, sources.length])).toEqual([
      [content(0), 1],
      [content(1), 1],
      [content(0), 2],
    ]);
    expect(of('search.wave')).toEqual([{ id, wave: 1, asked: 1, answered: 1, results: 2, askedTotal: 1 }]);
    expect(of('search.end')).toEqual([{ id, reason: 'exhausted', results: 2 }]);
  });

  it('can be shown again by a face that comes later, page by page', async () => {
    const { clock, network, searches, ended } = searchesOf();
    const { server, say } = serverOf(1, searches, ({ id }) => {
      say({ type: 'hits', id, hits: hits(0, 5), more: false, from: node(1), wave: 0 });
      say({ ...wave(0, []), id });
    });
    network.setParent(server);
    const id = searches.start({ words: 'song' });
    await clock.advance(10);
    const shown = { id, words: 'song', hash: null, error: null, blocked: 0 };
    expect(searches.list()).toEqual([{ ...shown, state: 'running', reason: null, wave: 0, asked: 1, results: 5 }]);
    say({
      type: 'hits',
      id,
      hits: [hit(5), hit(6, { size: 64 }), hit(1, { sources: [source(77)] })],
      more: false,
      wave: 1,
    });
    say({ ...wave(1, []), asked: 8, id });
    // What waits for the end of the search is not shown before.
    expect(searches.results(id, 4, 100).results.map(({ hash }) => hash)).toEqual([content(4), content(5)]);
    say({ type: 'end', id, reason: 'exhausted', results: 7 });
    await ended();
    expect(searches.list()).toEqual([{ ...shown, state: 'ended', reason: 'exhausted', wave: 1, asked: 9, results: 7 }]);
    const pages: string[][] = [];
    for (let next: number | null = 0; next !== null; ) {
      const page: ResultPage = searches.results(id, next, 3);
      pages.push(page.results.map(({ hash, sources }) => `${hash} ${sources.length}`));
      next = page.next;
    }
    const line = (number: number, sources = 1) => `${content(number)} ${sources}`;
    expect(pages).toEqual([[line(0), line(1, 2), line(2)], [line(3), line(4), line(5)], [line(6)]]);
    expect(searches.results(id, 99, 3)).toEqual({ results: [], next: null });
    await clock.advance(DEFAULT_SETTINGS['search.keep']);
    expect(searches.list()).toEqual([]);
    expect(() => searches.results(id, 0, 1)).toThrow(AppError);
  });

  it('is forgotten before its time when later ones brought very many results', async () => {
    const { network, searches, ended } = searchesOf();
    const { server, say } = serverOf(1, searches, ({ id }) => {
      say({ type: 'hits', id, hits: hits(0, 11_000), more: false, from: node(1), wave: 0 });
      say({ type: 'end', id, reason: 'limit', results: 11_000 });
    });
    network.setParent(server);
    const ids = [];
    for (let made = 1; made <= 3; made++) {
      ids.push(searches.start({ words: 'song' }));
      await ended(made);
    }
    expect(searches.list().map(({ id }) => id)).toEqual(ids.slice(1));
  });

  it('tells how it was refused, and runs again with `more`', async () => {
    const { network, searches, ended } = searchesOf();
    const { server, say } = serverOf(1, searches, ({ id }) => {
      say({ type: 'end', id, reason: 'stopped', results: 0, error: 'search.over-budget' });
    });
    network.setParent(server);
    const id = searches.start({ hash: content(3) });
    await ended();
    const shown = { id, words: null, hash: content(3), wave: null, blocked: 0, asked: 0, results: 0 };
    expect(searches.list()).toEqual([{ ...shown, state: 'ended', reason: 'stopped', error: 'search.over-budget' }]);
    searches.more(id);
    expect(searches.list()).toEqual([{ ...shown, state: 'running', reason: null, error: null }]);
    searches.stop(id);
  });

  it('that cannot be asked is refused at once', () => {
    const { searches } = searchesOf();
    expect(() => searches.start({ words: 'bad' })).toThrow(AppError);
    expect(() => searches.start({})).toThrow(AppError);
    expect(() => searches.start({ words: 'a', hash: content(1) })).toThrow(AppError);
    expect(() => searches.more(searchId(9))).toThrow(AppError);
    expect(() => searches.stop(searchId(9))).toThrow(AppError);
  });

  it('waits for a parent, and ends with timeout when none comes', async () => {
    const { clock, network, searches, of, ended } = searchesOf();
    searches.start({ words: 'song', timeoutMs: 5000 });
    await ended();
    expect([of('search.end')[0]?.reason, clock.monotonicMs()]).toEqual(['timeout', 5000]);
    const { server, say } = serverOf(1, searches, ({ id }) =>
      say({ type: 'end', id, reason: 'exhausted', results: 0 }),
    );
    searches.start({ words: 'song', timeoutMs: 5000 });
    await clock.advance(1500);
    network.setParent(server);
    await ended(2);
    expect([of('search.end')[1]?.reason, clock.monotonicMs()]).toEqual(['exhausted', 6500]);
  });

  it('goes to the next parent with those asked and the results so far, and asks it what is left of the time', async () => {
    const { clock, network, searches, of, ended } = searchesOf();
    const first = serverOf(1, searches, ({ id }) => {
      first.say({ type: 'hits', id, hits: hits(0, 3), more: false, wave: 0 });
      first.say({ ...wave(0, ['aaaaaaaaaaaa']), id });
      first.say({ ...wave(1, ['bbbbbbbbbbbb']), id });
    });
    const second = serverOf(2, searches, ({ id }) => {
      second.say({ type: 'hits', id, hits: hits(2, 2), more: false, wave: 0 });
      second.say({ ...wave(0, ['cccccccccccc']), id });
      second.say({ type: 'end', id, reason: 'exhausted', results: 5 });
    });
    network.setParent(first.server);
    searches.start({ words: 'song', limit: 50, timeoutMs: 10_000 });
    await clock.advance(1000);
    searches.gone(first.server);
    network.setParent(second.server);
    await ended();
    expect(second.server.of('query')).toMatchObject([
      { limit: 50, asked: ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'], results: 3, timeoutMs: 9000 },
    ]);
    expect(of('search.wave').map((report) => report.wave)).toEqual([0, 1, 2]);
    expect(of('search.end')).toMatchObject([{ reason: 'exhausted', results: 4 }]);
  });

  it('leaves a parent that was replaced, and is not confused by what it still says', async () => {
    const { clock, network, searches, of, ended, results } = searchesOf();
    const first = serverOf(1, searches, () => undefined);
    const second = serverOf(2, searches, ({ id }) => {
      first.say({ type: 'hits', id, hits: hits(0, 9), more: false });
      first.say({ type: 'end', id, reason: 'limit', results: 9 });
      second.say({ type: 'end', id, reason: 'exhausted', results: 0 });
    });
    network.setParent(first.server);
    searches.start({ words: 'song' });
    await clock.advance(100);
    network.setParent(second.server);
    await ended();
    expect(first.server.of('stop')).toHaveLength(1);
    expect([results().length, of('search.end')[0]?.reason]).toEqual([0, 'exhausted']);
  });

  it('that ends too early is repeated through the standby, without those already asked', async () => {
    const { network, searches, of, ended } = searchesOf();
    const parent = serverOf(1, searches, ({ id }) => {
      parent.say({ ...wave(0, ['aaaaaaaaaaaa']), id });
      parent.say({ type: 'end', id, reason: 'limit', results: 100 });
    });
    const standby = serverOf(2, searches, ({ id }) => {
      standby.say({ type: 'hits', id, hits: hits(0, 5), more: false });
      standby.say({ type: 'end', id, reason: 'limit', results: 5 });
    });
    network.setParent(parent.server);
    network.currentStandby = standby.server;
    searches.start({ words: 'song', limit: 5 });
    await ended();
    expect(standby.server.of('query')).toMatchObject([{ asked: ['aaaaaaaaaaaa'], results: 0 }]);
    expect(of('search.end')).toMatchObject([{ reason: 'limit', results: 5 }]);
  });

  it('with enough results leaves the standby alone', async () => {
    const { network, searches, ended } = searchesOf();
    const parent = serverOf(1, searches, ({ id }) => {
      parent.say({ type: 'hits', id, hits: hits(0, 5), more: false });
      parent.say({ type: 'end', id, reason: 'limit', results: 5 });
    });
    network.setParent(parent.server);
    network.currentStandby = new RecordingPeer(2);
    searches.start({ words: 'song', limit: 5 });
    await ended();
    expect(network.currentStandby).toMatchObject({ sent: [] });
  });

  it('hops: asks further supernodes one after the other, merges what they find, and closes each session', async () => {
    const { network, searches, of, ended, results } = searchesOf();
    const answers = (number: number) => {
      const server = serverOf(number, searches, ({ id }) => {
        server.say({ type: 'hits', id, hits: hits(number, 2), more: false });
        server.say({ ...wave(0, [node(number).slice(0, 12)]), id });
        server.say({ type: 'end', id, reason: 'limit', results: 2 });
      });
      return server.server;
    };
    const [parent, ...hops] = [answers(1), answers(2), answers(3), answers(4)];
    network.setParent(parent);
    network.hops = [...hops];
    searches.start({ words: 'song', limit: 2, hops: 2 });
    await ended();
    expect(hops.map(({ isOpen, sent }) => [isOpen, sent.length])).toEqual([
      [false, 1],
      [false, 1],
      [true, 0],
    ]);
    expect(hops[1]?.of('query')[0]?.asked).toEqual([1, 2].map((number) => node(number).slice(0, 12)));
    expect(new Set(results().map(({ hash }) => hash)).size).toBe(4);
    expect(of('search.end')).toMatchObject([{ reason: 'limit', results: 4 }]);
  });

  it('goes on with `more` at the same parent, and as a query at another', async () => {
    const { network, searches, of, ended } = searchesOf();
    const parent = serverOf(1, searches, ({ id }) => {
      parent.say({ type: 'hits', id, hits: hits(0, 3), more: false });
      parent.say({ ...wave(0, ['aaaaaaaaaaaa']), id });
      parent.say({ type: 'end', id, reason: 'limit', results: 3 });
    });
    network.setParent(parent.server);
    const id = searches.start({ words: 'song', limit: 3 });
    await ended();
    parent.server.onSent = (message) => {
      if (message.type === 'more') parent.say({ type: 'end', id, reason: 'exhausted', results: 3 });
    };
    searches.more(id);
    await ended(2);
    expect(parent.server.of('more')).toEqual([{ type: 'more', id, limit: 3 }]);
    const other = serverOf(2, searches, () => other.say({ type: 'end', id, reason: 'exhausted', results: 3 }));
    network.setParent(other.server);
    searches.more(id);
    await ended(3);
    expect(other.server.of('query')).toMatchObject([{ limit: 6, results: 3, asked: ['aaaaaaaaaaaa'] }]);
    expect(of('search.end').map(({ reason }) => reason)).toEqual(['limit', 'exhausted', 'exhausted']);
  });

  it('is asked anew when the parent has forgotten it', async () => {
    const { network, searches, ended } = searchesOf();
    const parent = serverOf(1, searches, ({ id }) => parent.say({ type: 'end', id, reason: 'exhausted', results: 0 }));
    network.setParent(parent.server);
    const id = searches.start({ words: 'song' });
    await ended();
    const answer = parent.server.onSent;
    parent.server.onSent = (message) => {
      if (message.type === 'more') {
        parent.say({ type: 'end', id, reason: 'stopped', results: 0, error: 'search.unknown' });
      } else answer?.(message);
    };
    searches.more(id);
    await ended(2);
    expect(parent.server.sent.map(({ type }) => type)).toEqual(['query', 'more', 'query']);
  });

  it('that the parent refuses ends with the reason', async () => {
    const { network, searches, of, ended } = searchesOf();
    const parent = serverOf(1, searches, ({ id }) => {
      parent.say({ type: 'end', id, reason: 'stopped', results: 0, error: 'search.over-budget' });
    });
    network.setParent(parent.server);
    searches.start({ words: 'song' });
    await ended();
    expect(of('search.end')).toMatchObject([{ reason: 'stopped', error: 'search.over-budget' }]);
  });

  it('survives a parent that stops being one before the next is there', async () => {
    const { clock, network, searches, of, ended } = searchesOf();
    const leaving = serverOf(1, searches, ({ id }) => leaving.say({ type: 'end', id, reason: 'stopped', results: 0 }));
    network.setParent(leaving.server);
    searches.start({ words: 'song' });
    await clock.advance(300);
    expect(of('search.end')).toEqual([]);
    const next = serverOf(2, searches, ({ id }) => next.say({ type: 'end', id, reason: 'exhausted', results: 0 }));
    network.setParent(next.server);
    await ended();
    expect(of('search.end')).toMatchObject([{ reason: 'exhausted' }]);
  });

  it('is stopped at the parent too, and forgotten after 5 minutes', async () => {
    const { clock, network, searches, of } = searchesOf();
    const parent = serverOf(1, searches, () => undefined);
    network.setParent(parent.server);
    const id = searches.start({ words: 'song' });
    await clock.advance(100);
    searches.stop(id);
    searches.stop(id);
    await clock.advance(0);
    expect(parent.server.of('stop')).toEqual([{ type: 'stop', id }]);
    expect(of('search.end')).toMatchObject([{ reason: 'stopped' }]);
    await clock.advance(301_000);
    expect(() => searches.more(id)).toThrow(AppError);
  });

  it('ends with the engine', async () => {
    const { clock, searches, of } = searchesOf();
    searches.start({ words: 'song' });
    await clock.advance(100);
    searches.close();
    searches.close();
    await clock.advance(0);
    expect(of('search.end')).toMatchObject([{ reason: 'stopped' }]);
  });
});
