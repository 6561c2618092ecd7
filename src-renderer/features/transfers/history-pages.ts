import { shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { HistoryEntry } from '#contract/transfer.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useConfirm } from '../../stores/confirm.ts';
import { useScopedEvents } from './scoped-events.ts';

const PAGE = 200;

/** How downloads ended, newest first, a page at a time. */
export function useHistoryPages() {
  const api = useApi();
  const { t } = useI18n();
  const attempt = useAttempt();
  const { ask } = useConfirm();
  const entries = shallowRef<readonly HistoryEntry[]>([]);
  const next = shallowRef<number | null>(null);
  const isLoaded = shallowRef(false);
  /** Counts the lists that were begun. */
  let turn = 0;

  async function load(): Promise<void> {
    const page = await api.query('history', { limit: PAGE });
    turn += 1;
    entries.value = page.entries;
    next.value = page.next;
    isLoaded.value = true;
  }
  async function older(): Promise<void> {
    const before = next.value;
    if (before === null) return;
    // One page at a time.
    next.value = null;
    const asked = turn;
    const page = await attempt(() => api.query('history', { before, limit: PAGE }));
    // What was cleared meanwhile does not come back.
    if (asked !== turn) return;
    if (page) entries.value = [...entries.value, ...page.entries];
    next.value = page ? page.next : before;
  }
  /** New ends come on top of what is shown. */
  async function refresh(): Promise<void> {
    const page = await api.query('history', { limit: PAGE });
    const known = new Set(entries.value.map(({ id }) => id));
    entries.value = [...page.entries.filter(({ id }) => !known.has(id)), ...entries.value];
  }
  const clear = () =>
    attempt(async () => {
      if (!(await ask({ text: t('transfers.confirmHistory'), yes: t('transfers.actions.clearHistory') }))) return;
      await api.command('history.clear', {});
      await load();
    });
  useScopedEvents(['download.done', 'download.failed'], () => void refresh().catch(() => undefined));
  void attempt(load);
  return { entries, next, isLoaded, older, clear };
}
