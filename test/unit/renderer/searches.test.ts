// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { SearchId } from '../../../src-main/contract/ids.ts';
import type { SearchResult } from '../../../src-main/contract/search.ts';
import { useBrowses } from '../../../src-renderer/features/search/browses.ts';
import { useSearches } from '../../../src-renderer/stores/searches.ts';
import { type Answers, scriptPage } from '../../support/page-stores.ts';

const idOf = (digit: string) => digit.repeat(32) as SearchId;
const hit = (digit: string, name = digit) => ({ hash: digit.repeat(64), size: 100, name }) as SearchResult;
const view = (id: SearchId, part: object = {}) => ({
  ...{
    id,
    words: 'reef',
    hash: null,
    state: 'ended',
    reason: 'exhausted',
    error: null,
    wave: 1,
    asked: 7,
    results: 1,
    blocked: 0,
  },
  ...part,
});
const openSearches = (answers: Answers) => {
  const page = scriptPage({ searches: () => [], ...answers });
  return { ...page, searches: useSearches(page.pinia) };
};

test('what the peer keeps is shown again, with all its pages; searches of downloads are not', async () => {
  const { searches } = openSearches({
    searches: () => [view(idOf('1')), view(idOf('2'), { words: null })],
    'search.results': ({ after }: { after: number }) =>
      after === 0 ? { results: [hit('a')], next: 1 } : { results: [hit('b')], next: null },
  });
  await vi.waitFor(() => expect(searches.current?.rows.size).toBe(2));
  expect(searches.tabs).toHaveLength(1);
  expect(searches.current).toMatchObject({ words: 'reef', state: 'ended', askedTotal: 7 });
});

test('a hit that comes while pages are read is newer than they are', async () => {
  let give = (_: unknown) => {};
  const { searches, announce } = openSearches({
    searches: () => [view(idOf('1'), { state: 'running', reason: null })],
    'search.results': () => new Promise((resolve) => (give = resolve)),
  });
  await vi.waitFor(() => expect(searches.tabs).toHaveLength(1));
  announce('search.hit', [{ id: idOf('1'), result: hit('a', 'new') }]);
  give({ results: [hit('a', 'old'), hit('b', 'other')], next: null });
  await vi.waitFor(() => expect(searches.current?.rows.size).toBe(2));
  expect([...(searches.current?.rows.values() ?? [])].map(({ name }) => name)).toEqual(['new', 'other']);
});

test('a search that ends while another one is read ends here too, and one that is forgotten takes nothing with it', async () => {
  const reads: string[] = [];
  let give = (_: unknown) => {};
  const { searches, announce } = openSearches({
    searches: () => ['1', '2', '3'].map((digit) => view(idOf(digit), { state: 'running', reason: null })),
    'search.results': ({ id }: { id: SearchId }) => {
      reads.push(id);
      if (id === idOf('1')) return new Promise((resolve) => (give = resolve));
      if (id === idOf('2')) throw new AppError('search.unknown', { id });
      return { results: [hit('a')], next: null };
    },
  });
  await vi.waitFor(() => expect(reads).toHaveLength(1));
  announce('search.end', [{ id: idOf('3'), reason: 'limit', results: 1 }]);
  give({ results: [], next: null });
  await vi.waitFor(() => expect(searches.tabs[2]?.rows.size).toBe(1));
  expect(searches.tabs.map(({ state }) => state)).toEqual(['running', 'running', 'ended']);
});

test('after the peer was away its rows are newer, and whoever was at the start stays there', async () => {
  let name = 'old';
  const { searches, connection } = openSearches({
    searches: () => [view(idOf('1'))],
    'search.results': () => ({ results: [hit('a', name)], next: null }),
  });
  const names = () => [...(searches.tabs[0]?.rows.values() ?? [])].map((row) => row.name);
  await vi.waitFor(() => expect(names()).toEqual(['old']));
  expect(searches.currentId).toBe(idOf('1'));
  searches.show(undefined);
  name = 'new';
  connection.value = 'lost';
  await vi.waitFor(() => expect(names()).toEqual(['old']));
  connection.value = 'open';
  await vi.waitFor(() => expect(names()).toEqual(['new']));
  expect(searches.currentId).toBeUndefined();
});

test('a search that is restored before its own answer comes has one tab', async () => {
  const { searches } = openSearches({
    searches: () => [view(idOf('1'), { state: 'running', reason: null })],
    'search.results': () => ({ results: [hit('a')], next: null }),
    'search.start': () => ({ id: idOf('1') }),
  });
  await vi.waitFor(() => expect(searches.tabs[0]?.rows.size).toBe(1));
  await searches.start('reef');
  expect(searches.tabs.map(({ id, rows }) => [id, rows.size])).toEqual([[idOf('1'), 1]]);
});

test('a search that the peer has forgotten is begun again in its place', async () => {
  const started = [idOf('1'), idOf('2'), idOf('3')];
  const { searches } = openSearches({
    'search.start': () => ({ id: started.shift() }),
    'search.more': () => {
      throw new AppError('search.unknown', { id: idOf('1') });
    },
  });
  await searches.start('reef');
  await searches.start('tide');
  await searches.more(idOf('1'));
  expect(searches.tabs.map(({ id, words }) => [id, words])).toEqual([
    [idOf('3'), 'reef'],
    [idOf('2'), 'tide'],
  ]);
  expect(searches.currentId).toBe(idOf('3'));
});

test('waves tell how many were asked in all', async () => {
  const { searches, announce } = openSearches({ 'search.start': () => ({ id: idOf('1') }) });
  await searches.start('reef');
  announce('search.wave', [{ id: idOf('1'), wave: 1, asked: 4, answered: 3, results: 9, askedTotal: 5 }]);
  expect(searches.current).toMatchObject({ askedTotal: 5, waves: [{ wave: 1, asked: 4, answered: 3 }] });
});

const TARGET = `shoal://${'c'.repeat(64)}@127.0.0.1:1214`;

test('the list of a peer that gives the same page for ever ends', async () => {
  const page = scriptPage({
    browse: () => ({ node: 'c'.repeat(64), files: [hit('a')], blocked: [], next: 'a'.repeat(64) }),
  });
  const browses = useBrowses(page.pinia);
  browses.open(TARGET);
  await vi.waitFor(() => expect(browses.current?.state).toBe('idle'));
  await browses.more(TARGET);
  await browses.more(TARGET);
  await browses.more(TARGET);
  expect(page.asked).toHaveLength(2);
  expect(browses.current?.next).toBeNull();
});

test('a page that did not come is asked for again when the user wants it', async () => {
  let isAway = true;
  const page = scriptPage({
    browse: () => {
      if (isAway) throw new AppError('peer.browse-off');
      return { node: 'c'.repeat(64), files: [hit('a')], blocked: [], next: null };
    },
  });
  const browses = useBrowses(page.pinia);
  browses.open(TARGET);
  await vi.waitFor(() => expect(browses.current?.error?.code).toBe('peer.browse-off'));
  isAway = false;
  await browses.retry(TARGET);
  expect(browses.current).toMatchObject({ error: null, state: 'idle' });
  expect([...(browses.current?.rows.values() ?? [])][0]?.sources).toEqual([
    { nodeId: 'c'.repeat(64), addresses: [{ host: '127.0.0.1', port: 1214 }] },
  ]);
});

test('files of a peer that the user blocks are kept apart, and a page of nothing else is no end', async () => {
  const page = scriptPage({
    browse: ({ after }: { after?: string }) =>
      after === undefined
        ? { node: 'c'.repeat(64), files: [], blocked: [hit('a')], next: 'a'.repeat(64) }
        : { node: 'c'.repeat(64), files: [hit('b')], blocked: [], next: null },
  });
  const browses = useBrowses(page.pinia);
  browses.open(TARGET);
  await vi.waitFor(() => expect(browses.current?.state).toBe('idle'));
  await browses.more(TARGET);
  expect([browses.current?.rows.size, browses.current?.blocked.size, browses.current?.next]).toEqual([1, 1, null]);
});

test('how many are on the block list is known at the end of a search', async () => {
  const { searches, announce } = openSearches({
    searches: () => [view(idOf('1'), { state: 'running', reason: null, blocked: 1 })],
    'search.results': () => ({ results: [], next: null }),
  });
  await vi.waitFor(() => expect(searches.current?.blocked).toBe(1));
  announce('search.end', [{ id: idOf('1'), reason: 'limit', results: 1, blocked: 3 }]);
  await vi.waitFor(() => expect(searches.current?.blocked).toBe(3));
});
