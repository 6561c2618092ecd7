import { useI18n } from 'vue-i18n';
import type { DownloadId } from '#contract/ids.ts';
import { looksLocal, shortSource, type WebUrl } from '#contract/web-url.ts';
import { useApi } from '../../api/index.ts';
import type { NewDownload } from '../../composables/add-downloads.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useConfirm } from '../../stores/confirm.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { showHidden } from '../../ui/show-hidden.ts';

type LocalSeed = { readonly id: DownloadId; readonly url: WebUrl };
/** Hosts that a question names; of more it is said that there are. */
const MOST_NAMED = 3;

/**
 * Lets web seeds lie in a local network, when the user says so: else a list of strangers would have this peer ask the machines there.
 */
export function useAllowLocal() {
  const api = useApi();
  const { t } = useI18n();
  const { ask } = useConfirm();
  const attempt = useAttempt();
  const downloads = useDownloads();

  function isAllowed(urls: readonly WebUrl[]): Promise<boolean> {
    const hosts = [...new Set(urls.map(shortSource))];
    const named = hosts.slice(0, MOST_NAMED).join(', ');
    const host = showHidden(hosts.length > MOST_NAMED ? `${named} …` : named);
    return ask({ text: t('transfers.confirmLocal', { host }), yes: t('transfers.details.allowLocal') });
  }
  return {
    /** Asks about web seeds of downloads that were added. */
    async allow(seeds: readonly LocalSeed[]): Promise<void> {
      if (seeds.length === 0 || !(await isAllowed(seeds.map(({ url }) => url)))) return;
      await attempt(async () => {
        for (const { id, url } of seeds) await api.command('download.allow-local', { id, url });
        await downloads.load();
      });
    },
    /** Asks about those of downloads that are to be added; refused ones stay known and are not asked. */
    async allowNew(wanted: readonly NewDownload[]): Promise<readonly NewDownload[]> {
      const local = wanted.flatMap(({ web = [] }) => web.map(({ url }) => url).filter(looksLocal));
      if (local.length === 0 || !(await isAllowed(local))) return wanted;
      return wanted.map(({ web = [], ...rest }) => ({
        ...rest,
        web: web.map(({ url }) => ({ url, local: looksLocal(url) })),
      }));
    },
  };
}
