import { useI18n } from 'vue-i18n';
import { formatTarget } from '#contract/address.ts';
import { MAX_LIST_FILES } from '#contract/lists.ts';
import { formatMagnet, MOST_MAGNET_SOURCES } from '#contract/magnet.ts';
import type { SearchResult, Source } from '#contract/search.ts';
import { MAX_GIVEN_SOURCES } from '#contract/transfer.ts';
import { useApi } from '../../api/index.ts';
import { type NewDownload, useAddDownloads } from '../../composables/add-downloads.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useClipboardText } from '../../composables/clipboard-text.ts';
import { useFormat } from '../../composables/format.ts';
import { saveList } from '../../composables/save-list.ts';
import { useNotices } from '../../stores/notices.ts';

/** As many as an entry of an exported list gets. */
const MAX_EXPORTED_SOURCES = 10;

/** `shoal://NODEID@host:port`, which the page opens as a list of what the peer shares. */
export const sourceTarget = ({ nodeId, addresses: [address] }: Source): string | undefined =>
  address && formatTarget({ nodeId, address });

const targetsOf = ({ sources }: SearchResult, most: number): string[] =>
  sources.flatMap((source) => sourceTarget(source) ?? []).slice(0, most);

/** How a download of `result` is asked for. */
export function toDownload(result: SearchResult): NewDownload {
  const { hash, size, name } = result;
  return { hash, size, name, sources: targetsOf(result, MAX_GIVEN_SOURCES).map((target) => ({ target })) };
}

/** What can be done with results. */
export function useResultActions() {
  const api = useApi();
  const attempt = useAttempt();
  const notices = useNotices();
  const copy = useClipboardText();
  const { add } = useAddDownloads();
  const { t } = useI18n();
  const { formatCount } = useFormat();

  function copyMagnet(result: SearchResult): Promise<void> {
    const { hash, size, name } = result;
    const sources = result.sources.flatMap(({ nodeId, addresses: [address] }) =>
      address ? [{ nodeId, address }] : [],
    );
    return copy(formatMagnet({ hash, size, name, sources: sources.slice(0, MOST_MAGNET_SOURCES) }));
  }

  /** Saves a list (Metalink 4) of results as a file. */
  async function exportList(results: readonly SearchResult[], name: string): Promise<void> {
    const files = results.slice(0, MAX_LIST_FILES).map((result) => {
      const { hash, size } = result;
      return { hash, size, name: result.name, sources: targetsOf(result, MAX_EXPORTED_SOURCES) };
    });
    const list = await attempt(() => api.query('list.write', { files }));
    if (!list) return;
    saveList(list.xml, `${name.replaceAll(/[^\p{L}\p{N} _-]+/gu, ' ').trim() || 'shoal'}.meta4`);
    const left = results.length - list.files;
    const text = t('search.notices.exported', { count: formatCount(list.files) }, list.files);
    notices.show({
      kind: 'info',
      text: left > 0 ? `${text} ${t('search.notices.left', { count: formatCount(left) }, left)}` : text,
    });
  }

  return { download: (results: readonly SearchResult[]) => add(results.map(toDownload)), add, copyMagnet, exportList };
}
