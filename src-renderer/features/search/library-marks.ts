import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import type { ContentHash } from '#contract/ids.ts';
import type { SearchResult } from '#contract/search.ts';
import { useApi } from '../../api/index.ts';
import { useFormat } from '../../composables/format.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { useStatus } from '../../stores/status.ts';

/** Files of the library that are looked at for one search. */
const MOST_FILES = 2000;

/** Words of a query that a match must have, without its filters, quotes and what it excludes. */
export const plainWords = (query: string): string =>
  query
    .replaceAll(/(^|\s)-?(?:type|artist|min|max|ext|year):(?:"[^"]*"?|\S*)/giu, ' ')
    .replaceAll(/(^|\s)-(?:"[^"]*"?|\S+)/gu, ' ')
    .replaceAll(/["\u201c\u201d\u201e]/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .slice(0, 200);

/**
 * Whether a result is here already or on its way. The library is asked for what fits the query: a file of one's own under a quite other
 * name is known only by being among its own sources.
 */
export function useLibraryMarks(query: () => string) {
  const api = useApi();
  const downloads = useDownloads();
  const status = useStatus();
  const { t } = useI18n();
  const { formatPercent } = useFormat();
  const shared = shallowRef<ReadonlySet<ContentHash>>(new Set());
  const self = computed(() => status.status?.node);
  /** Answers to an earlier question are thrown away. */
  let turn = 0;

  async function look(): Promise<void> {
    const mine = ++turn;
    const { files } = await api.query('shares.files', { words: plainWords(query()), limit: MOST_FILES });
    if (mine === turn) shared.value = new Set(files.map(({ hash }) => hash));
  }
  const lookQuietly = (): void => void look().catch(() => undefined);
  watch(query, lookQuietly, { immediate: true });
  onScopeDispose(api.on('library', lookQuietly));

  const isShared = ({ hash, sources }: SearchResult): boolean =>
    shared.value.has(hash) || sources.some(({ nodeId }) => nodeId === self.value);

  /** What to write beside the name; undefined when nothing is known of it here. */
  return (row: SearchResult): { readonly kind: 'library' | 'done' | 'loading'; readonly text: string } | undefined => {
    const download = downloads.byHash.get(row.hash);
    if (download && download.state !== 'done' && download.state !== 'failed') {
      const part = download.size ? Math.floor((100 * download.done) / download.size) / 100 : 0;
      return { kind: 'loading', text: `${t('search.marks.downloading')} ${formatPercent(part)}` };
    }
    if (download?.state === 'done') return { kind: 'done', text: t('search.marks.done') };
    return isShared(row) ? { kind: 'library', text: t('search.marks.library') } : undefined;
  };
}
