import { useI18n } from 'vue-i18n';
import { parseTarget } from '#contract/address.ts';
import { MAX_LIST_SOURCES } from '#contract/lists.ts';
import { type DownloadView, MAX_GIVEN_SOURCES } from '#contract/transfer.ts';
import { isWebUrl } from '#contract/web-url.ts';
import { useApi } from '../../api/index.ts';
import { type NewDownload, useAddDownloads } from '../../composables/add-downloads.ts';
import { useAttemptEach } from '../../composables/attempt.ts';
import { useConfirm } from '../../stores/confirm.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { useNotices } from '../../stores/notices.ts';
import { showHidden } from '../../ui/show-hidden.ts';

/** Cancels downloads; asks first when bytes would be lost, which no undo brings back: they can be fetched again. */
export function useCancelDownloads() {
  const api = useApi();
  const { t } = useI18n();
  const { ask } = useConfirm();
  const notices = useNotices();
  const attemptEach = useAttemptEach();
  const downloads = useDownloads();
  const { add } = useAddDownloads();
  const about = (rows: readonly DownloadView[]) => ({
    ...{ count: rows.length, name: showHidden(rows[0]?.name ?? '') },
  });
  async function run(rows: readonly DownloadView[]): Promise<void> {
    const cancelled = await attemptEach(rows, ({ id }) => api.command('download.cancel', { id }));
    await downloads.load().catch(() => undefined);
    if (cancelled.length === 0) return;
    notices.show({
      kind: 'info',
      text: t('transfers.cancelled', about(cancelled), cancelled.length),
      action: { label: t('transfers.actions.again'), run: () => void add(cancelled.flatMap(toNew)) },
    });
  }
  return async (rows: readonly DownloadView[]): Promise<void> => {
    const key = rows.length === 1 ? 'transfers.confirmCancel' : 'transfers.confirmCancelMany';
    const isLoss = rows.length > 1 || rows.some(({ done }) => done > 0);
    if (!isLoss || (await ask({ text: t(key, about(rows)), yes: t('transfers.actions.cancel') }))) await run(rows);
  };
}

/** None for one without a ContentHash: only its list names it. */
function toNew({ hash, size, name, sources }: DownloadView): readonly NewDownload[] {
  if (hash === null) return [];
  const targets = sources.map(({ node, address }) => `shoal://${node}@${address}`);
  const known = targets.filter((target) => parseTarget(target) !== undefined).slice(0, MAX_GIVEN_SOURCES);
  const web = sources.flatMap(({ node }) => (isWebUrl(node) ? [{ url: node }] : [])).slice(0, MAX_LIST_SOURCES);
  return [{ hash, name, ...(size === null ? {} : { size }), sources: known.map((target) => ({ target })), web }];
}
