import { useI18n } from 'vue-i18n';
import type { DownloadView } from '#contract/transfer.ts';
import { useApi } from '../../api/index.ts';
import { useAttemptEach } from '../../composables/attempt.ts';
import { useConfirm } from '../../stores/confirm.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { showHidden } from '../../ui/show-hidden.ts';

/** Deletes the files of finished downloads, once the user has said that he means it: nothing brings them back. */
export function useDiscardDownloads() {
  const api = useApi();
  const { t } = useI18n();
  const { ask } = useConfirm();
  const attemptEach = useAttemptEach();
  const downloads = useDownloads();
  return async (rows: readonly DownloadView[]): Promise<void> => {
    const about = { count: rows.length, name: showHidden(rows[0]?.name ?? '') };
    const text = t(rows.length === 1 ? 'transfers.confirmDiscard' : 'transfers.confirmDiscardMany', about);
    if (!(await ask({ text, yes: t('transfers.actions.discard') }))) return;
    await attemptEach(rows, ({ id }) => api.command('download.discard', { id }));
    await downloads.load().catch(() => undefined);
  };
}
