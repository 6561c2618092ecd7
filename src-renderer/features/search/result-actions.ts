import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { formatTarget } from '#contract/address.ts';
import type { CommandInput } from '#contract/api.ts';
import { MAX_LIST_FILES } from '#contract/lists.ts';
import { formatMagnet } from '#contract/magnet.ts';
import type { SearchResult, Source } from '#contract/search.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useClipboardText } from '../../composables/clipboard-text.ts';
import { useFormat } from '../../composables/format.ts';
import { saveList } from '../../composables/save-list.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { useNotices } from '../../stores/notices.ts';
import { showHidden } from '../../ui/show-hidden.ts';

/** As many as `download.add` takes, as a magnet link names, and as an entry of an exported list gets. */
const MAX_SOURCES = 50;
const MAX_MAGNET_SOURCES = 5;
const MAX_EXPORTED_SOURCES = 10;
/** Downloads that one press adds: more are added by a list. */
const MAX_AT_ONCE = 500;

/** `shoal://NODEID@host:port`, which the page opens as a list of what the peer shares. */
export const sourceTarget = ({ nodeId, addresses: [address] }: Source): string | undefined =>
  address && formatTarget({ nodeId, address });

const targetsOf = ({ sources }: SearchResult, most: number): string[] =>
  sources.flatMap((source) => sourceTarget(source) ?? []).slice(0, most);

/** How a download of `result` is asked for. */
export function toDownload(result: SearchResult): CommandInput<'download.add'> {
  const { hash, size, name } = result;
  return { hash, size, name, sources: targetsOf(result, MAX_SOURCES).map((target) => ({ target })) };
}

/** What can be done with results. */
export function useResultActions() {
  const api = useApi();
  const attempt = useAttempt();
  const notices = useNotices();
  const downloads = useDownloads();
  const router = useRouter();
  const copy = useClipboardText();
  const { t } = useI18n();
  const { formatCount } = useFormat();

  async function add(inputs: readonly CommandInput<'download.add'>[]): Promise<void> {
    const added: string[] = [];
    for (const input of inputs.slice(0, MAX_AT_ONCE)) {
      if (await attempt(() => api.command('download.add', input))) added.push(input.name ?? input.hash);
    }
    const [first] = added;
    if (first === undefined) return;
    await downloads.load().catch(() => undefined);
    const text =
      added.length === 1
        ? t('search.notices.added', { name: showHidden(first) })
        : t('search.notices.several', { count: formatCount(added.length) }, added.length);
    const action = { label: t('search.notices.show'), run: () => void router.push({ name: 'transfers' }) };
    notices.show({ kind: 'info', text, action });
  }

  function copyMagnet(result: SearchResult): Promise<void> {
    const { hash, size, name } = result;
    const sources = result.sources
      .slice(0, MAX_MAGNET_SOURCES)
      .flatMap(({ nodeId, addresses: [address] }) => (address ? [{ nodeId, address }] : []));
    return copy(formatMagnet({ hash, size, name, sources }));
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
