import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { Events, QueryOutputs } from '#contract/api.ts';
import { type ErrorCode, toAppError } from '#contract/errors.ts';
import type { SearchId } from '#contract/ids.ts';
import type { SearchView } from '#contract/outputs.ts';
import type { SearchEndReason, SearchResult, WaveReport } from '#contract/search.ts';
import { useApi } from '../api/index.ts';

/** One search and what it found so far; a new object at each change, its `rows` the same map. */
export type SearchTab = {
  readonly id: SearchId;
  readonly words: string;
  readonly state: 'running' | 'ended';
  readonly reason: SearchEndReason | null;
  readonly error: ErrorCode | null;
  readonly waves: readonly WaveReport[];
  /** Supernodes asked so far. */
  readonly askedTotal: number;
  /** Files on the user's block list, left out. */
  readonly blocked: number;
  /** By hash and size. */
  readonly rows: ReadonlyMap<string, SearchResult>;
};

const RESTORE_PAGE = 1000;

export const rowKey = ({ hash, size }: { readonly hash: string; readonly size: number }): string => `${hash}-${size}`;

/** The user's searches, a tab each, oldest first. Events of searches that are not shown are passed over. */
export const useSearches = defineStore('searches', () => {
  const api = useApi();
  const tabs = shallowRef<readonly SearchTab[]>([]);
  const currentId = shallowRef<SearchId>();
  /** The last one that was begun here. */
  const startedId = shallowRef<SearchId>();
  /** Hits may come before the answer to `search.start`. */
  const early = new Map<SearchId, SearchTab>();
  /** What the user closed is not shown again while the peer still keeps it. */
  const closed = new Set<SearchId>();

  function change(id: SearchId, apply: (tab: SearchTab) => SearchTab): void {
    const isShown = tabs.value.some((tab) => tab.id === id);
    if (isShown) tabs.value = tabs.value.map((tab) => (tab.id === id ? apply(tab) : tab));
    else if (isStarting > 0) early.set(id, apply(early.get(id) ?? newTab(id, '')));
  }
  let isStarting = 0;

  async function start(words: string): Promise<SearchId> {
    isStarting += 1;
    try {
      const { id } = await api.command('search.start', { words });
      const tab = { ...(early.get(id) ?? tabs.value.find((one) => one.id === id) ?? newTab(id, '')), words };
      // One that waited for the connection may have been restored before its own answer came.
      tabs.value = [...tabs.value.filter((one) => one.id !== id), tab];
      currentId.value = id;
      startedId.value = id;
      return id;
    } finally {
      isStarting -= 1;
      if (isStarting === 0) early.clear();
    }
  }
  /** Goes on; a search that the peer keeps no longer is begun again in its place. */
  async function more(id: SearchId): Promise<void> {
    try {
      await api.command('search.more', { id });
      change(id, (tab) => ({ ...tab, state: 'running', reason: null, error: null }));
    } catch (thrown) {
      const tab = tabs.value.find((one) => one.id === id);
      if (!tab || toAppError(thrown).code !== 'search.unknown') throw thrown;
      const next = await start(tab.words);
      const fresh = tabs.value.find((one) => one.id === next);
      tabs.value = tabs.value.flatMap((one) => (one.id === next ? [] : one.id === id && fresh ? [fresh] : [one]));
    }
  }
  async function stop(id: SearchId): Promise<void> {
    await api.command('search.stop', { id });
  }
  /** Stops it when it runs, and shows the tab beside it. */
  async function close(id: SearchId): Promise<void> {
    const at = tabs.value.findIndex((tab) => tab.id === id);
    const tab = tabs.value[at];
    closed.add(id);
    tabs.value = tabs.value.filter((tab) => tab.id !== id);
    if (currentId.value === id) currentId.value = (tabs.value[at] ?? tabs.value[at - 1])?.id;
    if (tab?.state === 'running') await stop(id);
  }

  api.on('search.hit', (events) => {
    for (const [id, results] of groupById(events)) {
      change(id, (tab) => {
        const rows = tab.rows as Map<string, SearchResult>;
        for (const { result } of results) rows.set(rowKey(result), result);
        return { ...tab };
      });
    }
  });
  api.on('search.wave', (events) => {
    for (const { id, askedTotal, ...wave } of events) {
      change(id, (tab) => ({ ...tab, askedTotal, waves: withWave(tab.waves, wave) }));
    }
  });
  api.on('search.end', (events) => {
    for (const { id, reason, error = null, blocked = 0 } of events) {
      change(id, (tab) => ({ ...tab, state: 'ended', reason, error, blocked }));
    }
  });

  /** Shows again what the peer still keeps: after the page was loaded anew, or the peer was away. */
  async function restore(): Promise<void> {
    const views = await api.query('searches', {});
    const kept = new Set(views.map(({ id }) => id));
    const isGone = ({ id, state }: SearchTab) => state === 'running' && !kept.has(id) && isStarting === 0;
    tabs.value = tabs.value.map((tab) => (isGone(tab) ? { ...tab, state: 'ended', reason: 'stopped' } : tab));
    const shown = views.filter(({ id, words }) => words !== null && !closed.has(id));
    // All at once, and before anything is waited for: what happens from now on is newer than this.
    for (const view of shown) restoreTab(view);
    if (isFirst) currentId.value ??= shown[0]?.id;
    isFirst = false;
    // A search that is forgotten between the two questions takes only its own results with it.
    for (const { id } of shown) await restoreRows(id).catch(() => undefined);
  }
  /** After that, none shown is what the user chose. */
  let isFirst = true;

  function restoreTab({ id, words, state, reason, error, asked, blocked }: SearchView): void {
    const told = { state, reason, error, blocked, askedTotal: asked };
    if (tabs.value.some((tab) => tab.id === id)) change(id, (tab) => ({ ...tab, ...told }));
    else tabs.value = [...tabs.value, { ...newTab(id, words ?? ''), ...told }];
  }
  async function restoreRows(id: SearchId): Promise<void> {
    const before = new Map(tabs.value.find((tab) => tab.id === id)?.rows);
    for (let after: number | null = 0; after !== null; ) {
      const page: QueryOutputs['search.results'] = await api.query('search.results', {
        ...{ id, after, limit: RESTORE_PAGE },
      });
      change(id, (tab) => withOlder(tab, page.results, before));
      after = page.next;
    }
  }

  watch(api.connection, (state) => state === 'open' && void restore().catch(() => undefined), { immediate: true });

  const current = computed(() => tabs.value.find(({ id }) => id === currentId.value));
  /** Undefined: none of them. */
  const show = (id: SearchId | undefined): void => {
    currentId.value = id;
  };
  return { tabs, current, currentId, startedId, start, more, stop, close, show };
});

const newTab = (id: SearchId, words: string): SearchTab => ({
  ...{ id, words, state: 'running', reason: null, error: null, waves: [] },
  ...{ askedTotal: 0, blocked: 0, rows: new Map() },
});

/** Results that were asked for are newer than rows of `before`, and older than those that came meanwhile. */
function withOlder(tab: SearchTab, results: readonly SearchResult[], before: SearchTab['rows']): SearchTab {
  const rows = tab.rows as Map<string, SearchResult>;
  for (const result of results) {
    const key = rowKey(result);
    if (rows.get(key) === before.get(key)) rows.set(key, result);
  }
  return { ...tab };
}

const withWave = (waves: readonly WaveReport[], wave: WaveReport): readonly WaveReport[] =>
  [...waves.filter((one) => one.wave !== wave.wave), wave].sort((a, b) => a.wave - b.wave);

function groupById(events: readonly Events['search.hit'][]): Map<SearchId, Events['search.hit'][]> {
  const groups = new Map<SearchId, Events['search.hit'][]>();
  for (const event of events) {
    const group = groups.get(event.id) ?? [];
    groups.set(event.id, group);
    group.push(event);
  }
  return groups;
}
