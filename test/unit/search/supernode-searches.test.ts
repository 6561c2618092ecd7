import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { FoundSources } from '../../../src-main/engine/search/source-sink.ts';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { RecordingPeer } from '../../support/scripted-search-network.ts';
import { content, hit, hits, node, source, targets } from '../../support/search-fixtures.ts';
import { NEVER, searchesOf, serverOf, wave } from '../../support/searches-of.ts';
import { Voter } from '../../support/voters.ts';

describe('a search of a supernode', () => {
  it('is run by itself, with its own index as wave 0', async () => {
    const { network, index, searches, of, ended } = searchesOf({ isSupernode: true });
    index.hits = hits(0, 2);
    network.add(targets(10, 3), (at) => ({ hits: hits(100 + at, 1) }));
    searches.start({ words: 'song' });
    await ended();
    expect(of('search.wave').map((report) => [report.wave, report.asked, report.results])).toEqual([
      [0, 1, 2],
      [1, 3, 5],
    ]);
    expect(of('search.end')).toMatchObject([{ reason: 'exhausted', results: 5 }]);
  });

  it('that no face sees is not complete where it asked nobody but itself', async () => {
    const { clock, network, index, searches } = searchesOf({ isSupernode: true });
    index.hits = [hit(1)];
    const outcome = async () => {
      const collecting = searches.collect('song', NEVER);
      await clock.advance(DEFAULT_SETTINGS['search.timeout'] + 1);
      const { isComplete, results } = await collecting;
      return [isComplete, results.length];
    };
    expect(await outcome()).toEqual([false, 1]);
    network.add(targets(10, 1), () => ({ hits: [hit(2)] }));
    expect(await outcome()).toEqual([true, 2]);
  });

  it('goes on when the peer becomes a supernode while it waits', async () => {
    const { clock, network, index, searches, of, ended } = searchesOf();
    index.hits = hits(0, 1);
    searches.start({ words: 'song' });
    await clock.advance(500);
    network.isSupernode = true;
    searches.serverChanged();
    await ended();
    expect([of('search.end')[0]?.results, clock.monotonicMs()]).toEqual([1, 500]);
  });
});

describe('sources for a download', () => {
  async function find(size: number | undefined, claims: readonly { readonly size: number; readonly from: number }[]) {
    const { clock, network, index, searches } = searchesOf({ isSupernode: true });
    index.hits = [];
    network.add(targets(10, claims.length), (at) => {
      const claim = claims[at];
      return { hits: claim ? [hit(1, { size: claim.size, sources: [source(claim.from)] })] : [] };
    });
    const found: FoundSources[] = [];
    const done = searches.findSources({ hash: content(1), size }, (sources) => found.push(sources), NEVER);
    await clock.advance(60_000);
    await done;
    return found.map((one) => [one.size, one.namedBy]);
  }

  it('come from every supernode, with who named them', async () => {
    expect(
      await find(undefined, [
        { size: 9, from: 1 },
        { size: 9, from: 2 },
      ]),
    ).toEqual([
      [9, node(10)],
      [9, node(11)],
    ]);
  });

  it('have the size wanted, and are never this peer itself', async () => {
    expect(
      await find(9, [
        { size: 8, from: 1 },
        { size: 9, from: 9999 },
        { size: 9, from: 3 },
      ]),
    ).toEqual([[9, node(12)]]);
  });

  it('of an unknown size are believed to be of 64 bytes only if nobody claims another', async () => {
    expect(
      await find(undefined, [
        { size: 64, from: 1 },
        { size: 64, from: 2 },
      ]),
    ).toHaveLength(2);
    expect(
      await find(undefined, [
        { size: 64, from: 1 },
        { size: 9000, from: 2 },
      ]),
    ).toEqual([[9000, node(11)]]);
  });

  it.each([
    ['that knows votes beside answers', 2, 9, [9]],
    ['of an older version', 1, 9, [undefined]],
    ['while the size is not known', 2, undefined, [undefined]],
  ])('are asked of a parent %s, with what is said of the file where that can be', async (_, minor, size, asked) => {
    const { clock, network, searches } = searchesOf();
    const voted = new Voter().listed(content(1), 'fake', { size: 9 });
    const { server, say } = serverOf(1, searches, ({ id, voteSize }) => {
      const votes = voteSize === undefined ? {} : { votes: [voted], host: '203.0.113.1' };
      say({ type: 'hits', id, hits: [], more: false, from: node(2), wave: 1, ...votes });
      say({ type: 'end', id, reason: 'exhausted', results: 0, lastWave: wave(1, []) });
    });
    server.minor = minor;
    network.setParent(server);
    const heard: unknown[] = [];
    const votes = { told: (told: unknown) => heard.push(told), asked: (count: number) => heard.push(count) };
    const done = searches.findSources({ hash: content(1), size, votes }, () => undefined, NEVER);
    await clock.advance(0);
    await done;
    expect(server.of('query').map(({ voteSize }) => voteSize)).toEqual(asked);
    const isTold = asked[0] !== undefined;
    expect(heard).toEqual([...(isTold ? [{ by: server, host: '203.0.113.1', votes: [voted] }] : []), 1]);
  });

  it('are wanted in a larger number by who looks for votes, through the parent and not the warm one', async () => {
    const { clock, network, searches } = searchesOf();
    const end = ({ id }: Query) => say({ type: 'end', id, reason: 'exhausted', results: 0 });
    const { server, say } = serverOf(1, searches, end);
    network.setParent(server);
    network.currentStandby = new RecordingPeer(2);
    const nobody = { told: () => undefined, asked: () => undefined };
    const done = searches.findVotes({ hash: content(1), size: 9 }, nobody, NEVER);
    await clock.advance(60_000);
    await done;
    expect(server.of('query')).toMatchObject([{ hash: content(1), voteSize: 9, limit: 200 }]);
    expect((network.currentStandby as RecordingPeer).sent).toEqual([]);
  });

  it('are asked for by a few downloads at once, and an aborted one ends', async () => {
    const { clock, network, searches } = searchesOf();
    const parent = new RecordingPeer(1);
    network.setParent(parent);
    const abort = new AbortController();
    let ended = 0;
    for (let at = 0; at < 20; at++) {
      void searches.findSources({ hash: content(at), size: 1 }, () => undefined, abort.signal).then(() => ended++);
    }
    await clock.advance(1000);
    expect(parent.of('query')).toHaveLength(6);
    abort.abort();
    await clock.advance(0);
    expect(ended).toBe(20);
    searches.close();
  });

  it('are asked for at most 20 times a minute', async () => {
    const { clock, network, searches } = searchesOf();
    const parent = serverOf(1, searches, ({ id }) => parent.say({ type: 'end', id, reason: 'exhausted', results: 0 }));
    network.setParent(parent.server);
    for (let at = 0; at < 30; at++) void searches.findSources({ hash: content(at), size: 1 }, () => undefined, NEVER);
    await clock.advance(59_000);
    expect(parent.server.of('query')).toHaveLength(20);
    await clock.advance(60_000);
    expect(parent.server.of('query')).toHaveLength(30);
    searches.close();
  });
});
