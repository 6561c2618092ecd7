import { useI18n } from 'vue-i18n';
import { formatMagnet } from '#contract/magnet.ts';
import type { DownloadView } from '#contract/transfer.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useClipboardText } from '../../composables/clipboard-text.ts';
import { useConfirm } from '../../stores/confirm.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { showHidden } from '../../ui/show-hidden.ts';

type Step = 'download.pause' | 'download.resume' | 'download.retry';

export const isOver = ({ state }: DownloadView): boolean => state === 'done' || state === 'failed';

/** What can be done with downloads. */
export function useDownloadActions() {
  const api = useApi();
  const attempt = useAttempt();
  const downloads = useDownloads();
  const { ask } = useConfirm();
  const copy = useClipboardText();
  const { t } = useI18n();

  async function each(name: Step, rows: readonly DownloadView[]): Promise<void> {
    for (const { id } of rows) await attempt(() => api.command(name, { id }));
    await downloads.load();
  }
  async function cancel(rows: readonly DownloadView[]): Promise<void> {
    for (const { id, name, state } of rows) {
      const isLost = state !== 'done';
      if (
        isLost &&
        !(await ask(t('transfers.confirmCancel', { name: showHidden(name) }), t('transfers.actions.cancel')))
      )
        break;
      await attempt(() => api.command('download.cancel', { id }));
    }
    await downloads.load();
  }
  async function move({ id, place }: DownloadView, by: number): Promise<void> {
    await attempt(() => api.command('download.move', { id, place: Math.max(1, place + by) }));
    await downloads.load();
  }
  async function clear(): Promise<void> {
    await attempt(() => api.command('download.clear', {}));
    await downloads.load();
  }
  const copyMagnet = ({ hash, name, size }: DownloadView): Promise<void> =>
    copy(formatMagnet({ hash, name, ...(size === null ? {} : { size }), sources: [] }));

  return {
    pause: (rows: readonly DownloadView[]) =>
      each(
        'download.pause',
        rows.filter((row) => !isOver(row) && row.state !== 'paused'),
      ),
    resume: (rows: readonly DownloadView[]) =>
      each(
        'download.resume',
        rows.filter(({ state }) => state === 'paused'),
      ),
    retry: (rows: readonly DownloadView[]) =>
      each(
        'download.retry',
        rows.filter(({ state }) => state !== 'done'),
      ),
    ...{ cancel, move, clear, copyMagnet },
  };
}
