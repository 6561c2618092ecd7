import { useI18n } from 'vue-i18n';
import type { DownloadId } from '#contract/ids.ts';
import { isWebUrl, type SourceId, shortSource } from '#contract/web-url.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useConfirm } from '../../stores/confirm.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { showHidden } from '../../ui/show-hidden.ts';

/** Lets a web seed lie in a local network, when the user says so: else a list of strangers would have this peer ask the machines there. */
export function useAllowLocal() {
  const api = useApi();
  const { t } = useI18n();
  const { ask } = useConfirm();
  const attempt = useAttempt();
  const downloads = useDownloads();
  return async (id: DownloadId, url: SourceId): Promise<void> => {
    if (!isWebUrl(url)) return;
    const text = t('transfers.confirmLocal', { host: showHidden(shortSource(url)) });
    if (!(await ask({ text, yes: t('transfers.details.allowLocal') }))) return;
    await attempt(async () => {
      await api.command('download.allow-local', { id, url });
      await downloads.load();
    });
  };
}
