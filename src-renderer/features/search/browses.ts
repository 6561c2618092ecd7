import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { parseTarget } from '#contract/address.ts';
import type { Descriptor } from '#contract/descriptor.ts';
import { type ErrorValue, toAppError } from '#contract/errors.ts';
import { type ContentHash, type NodeId, shortId } from '#contract/ids.ts';
import { CLEAN } from '#contract/pollution.ts';
import type { SearchResult, Source } from '#contract/search.ts';
import { useApi } from '../../api/index.ts';
import { rowKey } from '../../stores/searches.ts';

/** What one peer shares, as far as it was asked for; a new object at each change, its `rows` the same map. */
export type BrowseTab = {
  /** An address with the key that must answer there. */
  readonly target: string;
  readonly title: string;
  readonly state: 'loading' | 'idle';
  /** Why the last page did not come. */
  readonly error: ErrorValue | null;
  /** Where the next page begins; null when there is none. */
  readonly next: ContentHash | null;
  readonly rows: ReadonlyMap<string, SearchResult>;
  /** What the user blocks of it, shown when he wants to see it. */
  readonly blocked: ReadonlyMap<string, SearchResult>;
};

/** A stranger says how much it has. */
const MAX_ROWS = 50_000;
const MAX_TABS = 20;

/** Lists of what single peers share, a tab each. */
export const useBrowses = defineStore('browses', () => {
  const api = useApi();
  const tabs = shallowRef<readonly BrowseTab[]>([]);
  const currentTarget = shallowRef<string>();
  const current = computed(() => tabs.value.find(({ target }) => target === currentTarget.value));

  const change = (target: string, part: Partial<BrowseTab>): void => {
    tabs.value = tabs.value.map((tab) => (tab.target === target ? { ...tab, ...part } : tab));
  };

  /** Shows the list of a peer, `shoal://NODEID@host:port`. */
  function open(target: string): void {
    currentTarget.value = target;
    if (current.value) return;
    const node = parseTarget(target)?.nodeId;
    const tab = { target, title: node ? shortId(node) : target, state: 'idle', error: null, next: null } as const;
    tabs.value = [...tabs.value, { ...tab, rows: new Map(), blocked: new Map() }].slice(-MAX_TABS);
    void load(target, null);
  }

  async function load(target: string, after: ContentHash | null): Promise<void> {
    change(target, { state: 'loading', error: null });
    try {
      const page = await api.query('browse', { target, ...(after === null ? {} : { after }) });
      const tab = tabs.value.find((one) => one.target === target);
      if (!tab) return;
      const size = () => tab.rows.size + tab.blocked.size;
      const take = (files: readonly Descriptor[], rows: ReadonlyMap<string, SearchResult>) => {
        for (const row of toRows(page.node, files, target))
          if (size() < MAX_ROWS) (rows as Map<string, SearchResult>).set(rowKey(row), row);
      };
      take(page.files, tab.rows);
      take(page.blocked, tab.blocked);
      // A peer that gives the same page for ever is not asked for ever.
      const isEmpty = page.files.length + page.blocked.length === 0;
      const isOver = size() >= MAX_ROWS || isEmpty || page.next === after;
      change(target, { state: 'idle', next: isOver ? null : page.next });
    } catch (thrown) {
      change(target, { state: 'idle', error: toAppError(thrown).toValue(), next: after });
    }
  }
  /** The next page; nothing while one is on its way. */
  async function more(target: string): Promise<void> {
    const tab = tabs.value.find((one) => one.target === target);
    if (tab?.state === 'idle' && tab.next !== null && tab.error === null) await load(target, tab.next);
  }
  async function retry(target: string): Promise<void> {
    const tab = tabs.value.find((one) => one.target === target);
    if (tab?.state === 'idle' && tab.error) await load(target, tab.next);
  }
  function close(target: string): void {
    tabs.value = tabs.value.filter((tab) => tab.target !== target);
    if (currentTarget.value === target) currentTarget.value = undefined;
  }
  const show = (target: string | undefined): void => {
    currentTarget.value = target;
  };
  return { tabs, current, currentTarget, open, more, retry, close, show };
});

/** Rows as a search would give them: with one source and no rank. */
function toRows(node: NodeId, files: readonly Descriptor[], target: string): SearchResult[] {
  const address = parseTarget(target)?.address;
  const sources: readonly Source[] = [{ nodeId: node, addresses: address ? [address] : [] }];
  return files.map(({ hash, size, name, type, extracted }: Descriptor) => ({
    ...{ hash, size, name, type, extracted, sources },
    otherNames: [],
    wave: 0,
    namedBy: [],
    rank: { nameMatch: 0, availability: 0, agreement: 0, total: 0 },
    pollution: CLEAN,
  }));
}
