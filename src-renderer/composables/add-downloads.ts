import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import type { CommandInput } from '#contract/api.ts';
import { toAppError } from '#contract/errors.ts';
import { useApi } from '../api/index.ts';
import { useDownloads } from '../stores/downloads.ts';
import { useNotices } from '../stores/notices.ts';
import { showHidden } from '../ui/show-hidden.ts';
import { useAttempt } from './attempt.ts';
import { useFormat } from './format.ts';

export type NewDownload = CommandInput<'download.add'>;
/** What came of an addition; `left`: how many were not taken. */
type Added = { readonly added: number; readonly known: number; readonly left: number; readonly name?: string };

/** More at once are a list's work. */
const MOST_AT_ONCE = 500;

/** Adds downloads, and tells what came of it. */
export function useAddDownloads() {
  const api = useApi();
  const { t } = useI18n();
  const { formatCount } = useFormat();
  const router = useRouter();
  const notices = useNotices();
  const downloads = useDownloads();
  const attempt = useAttempt();

  function tell({ added, known, left, name }: Added): void {
    const parts: string[] = [];
    if (added === 1 && name !== undefined) parts.push(t('transfers.add.one', { name: showHidden(name) }));
    else if (added > 0 || known + left === 0)
      parts.push(t('transfers.add.added', { count: formatCount(added) }, added));
    if (known > 0) parts.push(t('transfers.add.known', { count: formatCount(known) }));
    if (left > 0) parts.push(t('transfers.add.skipped', { count: formatCount(left) }));
    const isThere = router.currentRoute.value.name === 'transfers';
    const action = { label: t('transfers.add.show'), run: () => void router.push({ name: 'transfers' }) };
    notices.show({ kind: 'info', text: parts.join(' '), ...(isThere ? {} : { action }) });
    void downloads.load().catch(() => undefined);
  }
  async function addOne(wanted: NewDownload): Promise<boolean> {
    try {
      await api.command('download.add', wanted);
      return true;
    } catch (thrown) {
      if (toAppError(thrown).code === 'download.exists') return false;
      throw thrown;
    }
  }
  /** Gives whether all were added or known; stops at the first that the peer refuses. */
  async function add(wanted: readonly NewDownload[]): Promise<boolean> {
    let [done, known] = [0, 0];
    let name: string | undefined;
    await attempt(async () => {
      for (const one of wanted.slice(0, MOST_AT_ONCE)) {
        if (await addOne(one)) name ??= one.name ?? one.hash;
        else known += 1;
        done += 1;
      }
    });
    const left = wanted.length - done;
    if (done > 0) tell({ added: done - known, known, left, ...(name === undefined ? {} : { name }) });
    return left === 0;
  }
  return { add, tell };
}
