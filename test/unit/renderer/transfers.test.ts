import { describe, expect, it } from 'vitest';
import type { ContentHash, DownloadId, NodeId } from '../../../src-main/contract/ids.ts';
import type { ChunksView, DownloadView, SourceView } from '../../../src-main/contract/transfer.ts';
import { countChunks, isFirstVerified, toCells } from '../../../src-renderer/features/transfers/chunk-cells.ts';
import { matchesFilter, mayRetrySource, movesOf } from '../../../src-renderer/features/transfers/download-action.ts';
import { folderOf } from '../../../src-renderer/features/transfers/folder-of.ts';
import { magnetsOf } from '../../../src-renderer/features/transfers/magnet-of.ts';
import { readLinks } from '../../../src-renderer/features/transfers/read-links.ts';

const HASH = 'ab'.repeat(32);
const [ANNA, BEN] = ['a'.repeat(64) as NodeId, 'b'.repeat(64) as NodeId];

/** `bits`: one character a chunk, `1` for a verified one. */
function viewOf(bits: string, asked: ChunksView['asked'] = [], availability: readonly number[] = []): ChunksView {
  const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(8 * at, 8 * at + 8).padEnd(8, '0'), 2),
  );
  const verified = Buffer.from(bytes).toString('base64');
  return { size: bits.length, chunks: bits.length, verified, asked, availability };
}

describe('chunk cells', () => {
  it('are the chunks where there is room', () => {
    const cells = toCells(viewOf('1010000001', [{ node: ANNA, first: 3, last: 4 }]), 100);
    expect(cells.map(({ verified }) => verified).join('')).toBe('1010000001');
    expect(cells.map(({ asked }) => asked)).toEqual([null, null, null, ANNA, ANNA, null, null, null, null, null]);
  });

  it('merge chunks where there is none, each chunk into one cell', () => {
    for (const [chunks, most] of [
      [10, 3],
      [1000, 7],
      [17, 16],
      [64, 64],
    ] as const) {
      const cells = toCells(viewOf('1'.repeat(chunks)), most);
      expect(cells.map(({ verified }) => verified)).toEqual(new Array(most).fill(1));
      for (const chunk of [0, 1, Math.floor(chunks / 2), chunks - 1]) {
        const one = viewOf(`${'0'.repeat(chunk)}1${'0'.repeat(chunks - chunk - 1)}`, [
          { node: BEN, first: chunk, last: chunk },
        ]);
        const hit = toCells(one, most).map(({ verified, asked }) => (verified > 0 ? 1 : 0) + (asked === BEN ? 2 : 0));
        expect(hit.filter((value) => value !== 0)).toEqual([3]);
      }
    }
  });

  it('are none while the size is not known', () => {
    const view = { size: null, chunks: 0, verified: '', asked: [], availability: [] };
    expect(toCells(view, 50)).toEqual([]);
    expect(isFirstVerified(view)).toBe(false);
  });

  it('tell from how many sources the rarest of their chunks may be had', () => {
    const of = (chunks: number, availability: readonly number[], most: number) =>
      toCells(viewOf('0'.repeat(chunks), [], availability), most).map(({ available }) => available);
    expect(of(4, [3, 0, 1, 2], 4)).toEqual([3, 0, 1, 2]);
    expect(of(4, [3, 0, 1, 2], 2)).toEqual([0, 1]);
    expect(of(8, [3, 0, 1, 2], 8)).toEqual([3, 3, 0, 0, 1, 1, 2, 2]);
    expect(of(3, [], 3)).toEqual([0, 0, 0]);
  });

  it('take no part of a range beyond the end', () => {
    expect(toCells(viewOf('000', [{ node: ANNA, first: 2, last: 99 }]), 9).map(({ asked }) => asked)).toEqual([
      null,
      null,
      ANNA,
    ]);
  });

  it('are counted, a chunk asked of two once', () => {
    const asked = [
      { node: ANNA, first: 1, last: 2 },
      { node: BEN, first: 2, last: 2 },
    ];
    expect(countChunks(viewOf('1000000011', asked))).toEqual({ verified: 3, asked: 2 });
    expect(isFirstVerified(viewOf('1000000011'))).toBe(true);
    expect(isFirstVerified(viewOf('0111111111'))).toBe(false);
  });
});

describe('links', () => {
  it('are read from any text, with what is none told', () => {
    const magnet = `magnet:?xt=urn:tree:sha256:${HASH}&dn=a%20song.mp3&xl=5&xs=127.0.0.1:80`;
    const { wanted, bad } = readLinks(`${magnet}\n  ${HASH.toUpperCase()} magnet:?xt=urn:btih:1 \n nonsense`);
    expect(wanted).toEqual([
      { hash: HASH, name: 'a song.mp3', size: 5, sources: [{ target: '127.0.0.1:80' }] },
      { hash: HASH },
    ]);
    expect(bad).toEqual(['magnet:?xt=urn:btih:1', 'nonsense']);
  });

  it('may name web servers', () => {
    const { wanted } = readLinks(`magnet:?xt=urn:tree:sha256:${HASH}&ws=https%3A%2F%2Fa.example%2Ff&ws=ftp://b`);
    expect(wanted).toEqual([{ hash: HASH, web: [{ url: 'https://a.example/f' }] }]);
  });

  it('to a download name the web servers that others can reach, and none that was banned', () => {
    const source = (node: string, more: Partial<SourceView> = {}) =>
      ({ node, address: node, state: 'idle', bytes: 1, ...more }) as SourceView;
    const sources = [
      source('http://192.168.1.1/f'),
      source('http://bad.example/f', { state: 'banned' }),
      source('https://a.example/f?x=1'),
    ];
    const named = { hash: HASH as ContentHash, name: 'f', size: 5, sources };
    expect(magnetsOf([named, { ...named, hash: null }])).toBe(
      `magnet:?xt=urn:tree:sha256:${HASH}&dn=f&xl=5&ws=https%3A%2F%2Fa.example%2Ff%3Fx%3D1`,
    );
  });

  it('have names that a download takes', () => {
    const { wanted } = readLinks(`magnet:?xt=urn:tree:sha256:${HASH}&dn=${'x'.repeat(400)}`);
    expect(wanted[0]?.name).toHaveLength(255);
  });
});

const viewAt = (place: number, more: Partial<DownloadView> = {}) =>
  ({
    place,
    id: String(place) as DownloadId,
    name: `File ${place}`,
    hash: HASH,
    state: 'downloading',
    ...more,
  }) as DownloadView;

describe('moves', () => {
  const moved = (places: readonly number[], direction: 'up' | 'down' | 'top') =>
    movesOf(
      places.map((place) => viewAt(place)),
      direction,
      5,
    ).map(({ id, place }) => `${id}>${place}`);

  it('keep the order of what is moved', () => {
    expect(moved([4, 2], 'up')).toEqual(['2>1', '4>3']);
    expect(moved([2, 3], 'down')).toEqual(['3>4', '2>3']);
    expect(moved([5, 3], 'top')).toEqual(['3>1', '5>2']);
  });

  it('stop at the edges', () => {
    expect(moved([1, 2, 4], 'up')).toEqual(['4>3']);
    expect(moved([5, 4, 1], 'down')).toEqual(['1>2']);
  });
});

describe('the filter', () => {
  it('looks at the state and at all words, in the name or at the beginning of the hash', () => {
    expect(matchesFilter(viewAt(1), 'all', '')).toBe(true);
    expect(matchesFilter(viewAt(1), 'running', 'FILE 1')).toBe(true);
    expect(matchesFilter(viewAt(1), 'all', 'abab')).toBe(true);
    expect(matchesFilter(viewAt(1), 'all', 'file baba')).toBe(false);
    expect(matchesFilter(viewAt(1, { state: 'paused' }), 'running', '')).toBe(false);
    expect(matchesFilter(viewAt(1, { state: 'paused' }), 'paused', '')).toBe(true);
  });
});

describe('the folder of a path', () => {
  it.each([
    ['/home/me/Shoal/a.bin', '/home/me/Shoal'],
    ['/a.bin', '/'],
    ['C:\\Users\\me\\a.bin', 'C:\\Users\\me'],
    ['C:\\a.bin', 'C:\\'],
    ['a.bin', ''],
  ])('of %s is %s', (path, folder) => {
    expect(folderOf(path)).toBe(folder);
  });
});

it('a banned source may be tried again, but not of what is finished', () => {
  const may = (state: DownloadView['state'], source: SourceView['state']) =>
    mayRetrySource({ state } as DownloadView, { state: source } as SourceView);
  expect([may('searching', 'banned'), may('done', 'banned'), may('searching', 'idle')]).toEqual([true, false, false]);
});
