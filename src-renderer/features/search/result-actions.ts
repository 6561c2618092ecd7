import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { formatTarget } from '#contract/address.ts';
import { formatMagnet } from '#contract/magnet.ts';
import type { SearchResult } from '#contract/search.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useClipboardText } from '../../composables/clipboard-text.ts';
import { useNotices } from '../../stores/notices.ts';
import { showHidden } from '../../ui/show-hidden.ts';

/** As many as `download.add` takes, and as a magnet link names. */
const MAX_SOURCES = 50;
const MAX_MAGNET_SOURCES = 5;

/** What can be done with results. */
export function useResultActions() {
  const api = useApi();
  const attempt = useAttempt();
  const notices = useNotices();
  const router = useRouter();
  const { t } = useI18n();
  const copy = useClipboardText();

  const targets = ({ sources }: SearchResult) =>
    sources.flatMap(({ nodeId, addresses }) => addresses.slice(0, 1).map((address) => ({ nodeId, address })));

  async function download(results: readonly SearchResult[]): Promise<void> {
    let added = 0;
    for (const result of results) {
      const { hash, size, name } = result;
      const sources = targets(result)
        .slice(0, MAX_SOURCES)
        .map((target) => ({ target: formatTarget(target) }));
      const done = await attempt(() => api.command('download.add', { hash, size, name, sources }));
      if (done) added += 1;
    }
    if (added === 0) return;
    const [first] = results;
    const text =
      added === 1 && first
        ? t('search.notices.added', { name: showHidden(first.name) })
        : t('search.notices.several', { count: added }, added);
    const action = { label: t('search.notices.show'), run: () => void router.push({ name: 'transfers' }) };
    notices.show({ kind: 'info', text, action });
  }

  function copyMagnet(result: SearchResult): Promise<void> {
    const { hash, size, name } = result;
    return copy(formatMagnet({ hash, size, name, sources: targets(result).slice(0, MAX_MAGNET_SOURCES) }));
  }
  return { download, copyMagnet };
}
