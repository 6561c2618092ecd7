import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import type { Events } from '#contract/api.ts';
import type { ErrorCode } from '#contract/errors.ts';
import type { SearchId } from '#contract/ids.ts';
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
  /** Hits may come before the answer to `search.start`. */
  const early = new Map<SearchId, SearchTab>();

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
      const tab = { ...(early.get(id) ?? newTab(id, '')), words };
      tabs.value = [...tabs.value, tab];
      currentId.value = id;
      return id;
    } finally {
      isStarting -= 1;
      if (isStarting === 0) early.clear();
    }
  }
  async function more(id: SearchId): Promise<void> {
    await api.command('search.more', { id });
    change(id, (tab) => ({ ...tab, state: 'running', reason: null, error: null }));
  }
  async function stop(id: SearchId): Promise<void> {
    await api.command('search.stop', { id });
  }
  /** Stops it when it runs, and shows the tab beside it. */
  async function close(id: SearchId): Promise<void> {
    const at = tabs.value.findIndex((tab) => tab.id === id);
    const closed = tabs.value[at];
    tabs.value = tabs.value.filter((tab) => tab.id !== id);
    if (currentId.value === id) currentId.value = (tabs.value[at] ?? tabs.value[at - 1])?.id;
    if (closed?.state === 'running') await stop(id);
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
    for (const { id, askedTotal: _, ...wave } of events)
      change(id, (tab) => ({ ...tab, waves: withWave(tab.waves, wave) }));
  });
  api.on('search.end', (events) => {
    for (const { id, reason, error } of events) {
      change(id, (tab) => ({ ...tab, state: 'ended', reason, error: error ?? null }));
    }
  });

  /** Shows again what the peer still keeps, after the page was loaded anew. */
  async function restore(): Promise<void> {
    const known = new Set(tabs.value.map(({ id }) => id));
    for (const view of await api.query('searches', {})) {
      if (view.words === null || known.has(view.id)) continue;
      const rows = new Map<string, SearchResult>();
      for (let after: number | null = 0; after !== null; ) {
        const page: { results: readonly SearchResult[]; next: number | null } = await api.query('search.results', {
          ...{ id: view.id, after, limit: RESTORE_PAGE },
        });
        for (const result of page.results) rows.set(rowKey(result), result);
        after = page.next;
      }
      const { id, words, state, reason, error } = view;
      tabs.value = [...tabs.value, { ...newTab(id, words), state, reason, error, rows }];
      currentId.value ??= id;
    }
  }

  const current = computed(() => tabs.value.find(({ id }) => id === currentId.value));
  const show = (id: SearchId): void => {
    currentId.value = id;
    triggerRef(tabs);
  };
  return { tabs, current, currentId, start, more, stop, close, show, restore };
});

const newTab = (id: SearchId, words: string): SearchTab => ({
  ...{ id, words, state: 'running', reason: null, error: null, waves: [], rows: new Map() },
});

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
