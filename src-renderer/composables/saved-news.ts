import { onScopeDispose, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import type { Events } from '#contract/api.ts';
import { useApi } from '../api/index.ts';
import { useNotices } from '../stores/notices.ts';
import { useSaved } from '../stores/saved.ts';
import { useSearches } from '../stores/searches.ts';
import { showHidden } from '../ui/show-hidden.ts';
import { useAttempt } from './attempt.ts';

/** Tells, on whatever page, when a watched search has found something new. */
export function useSavedNews(): void {
  const api = useApi();
  const saved = useSaved();
  const searches = useSearches();
  const notices = useNotices();
  const attempt = useAttempt();
  const router = useRouter();
  const { t } = useI18n();

  async function show({ id, words }: Events['saved.found']): Promise<void> {
    await router.push({ name: 'search' });
    if ((await attempt(() => searches.start(words))) !== undefined) await attempt(() => saved.seen(id));
  }
  const stop = api.on('saved.found', (events) => {
    for (const event of events) {
      const names = event.names.map(showHidden).join(', ');
      const text = t('search.saved.found', { words: showHidden(event.words), names });
      notices.show({ kind: 'info', text, action: { label: t('search.saved.show'), run: () => void show(event) } });
    }
  });
  onScopeDispose(stop);
  watch(api.connection, (state) => state === 'open' && void saved.load().catch(() => undefined), { immediate: true });
}
