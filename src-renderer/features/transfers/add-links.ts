import { useI18n } from 'vue-i18n';
import { toAppError } from '#contract/errors.ts';
import { MAX_LIST_BYTES } from '#contract/lists.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { useNotices } from '../../stores/notices.ts';
import { showHidden } from '../../ui/show-hidden.ts';
import { type NewDownload, readLinks } from './read-links.ts';

/** Shown of a word that is no link. */
const SHOWN_LENGTH = 60;

/** Adds downloads from links, hashes and lists, and tells what came of it. */
export function useAddLinks() {
  const api = useApi();
  const { t } = useI18n();
  const notices = useNotices();
  const downloads = useDownloads();
  const attempt = useAttempt();

  function tell(added: number, known: number, skipped: number): void {
    const parts = [t('transfers.add.added', { count: added }, added)];
    if (known > 0) parts.push(t('transfers.add.known', { count: known }));
    if (skipped > 0) parts.push(t('transfers.add.skipped', { count: skipped }));
    notices.show({ kind: 'info', text: parts.join(' ') });
    void downloads.load().catch(() => undefined);
  }
  async function addOne(wanted: NewDownload): Promise<'added' | 'known'> {
    try {
      await api.command('download.add', wanted);
      return 'added';
    } catch (thrown) {
      if (toAppError(thrown).code === 'download.exists') return 'known';
      throw thrown;
    }
  }
  async function addAll(wanted: readonly NewDownload[], bad: readonly string[]): Promise<boolean> {
    let [added, known] = [0, 0];
    const isDone = await attempt(async () => {
      for (const one of wanted) {
        if ((await addOne(one)) === 'added') added++;
        else known++;
      }
      return true;
    });
    if (added + known > 0) tell(added, known, 0);
    const [wrong] = bad;
    if (wrong !== undefined) {
      const shown = showHidden(wrong.slice(0, SHOWN_LENGTH));
      notices.show({ kind: 'error', text: `${t('transfers.add.wrong')} ${shown}` });
    }
    return isDone === true && bad.length === 0;
  }

  return {
    /** Gives whether all of it was understood and added. */
    async addText(text: string): Promise<boolean> {
      const { wanted, bad } = readLinks(text);
      if (wanted.length > 0 || bad.length > 0) return addAll(wanted, bad);
      notices.show({ kind: 'error', text: t('transfers.add.wrong') });
      return false;
    },
    addWanted: (wanted: readonly NewDownload[]): Promise<boolean> => addAll(wanted, []),
    /** Of Metalink 4. */
    async addList(file: File): Promise<boolean> {
      if (file.size > MAX_LIST_BYTES) {
        notices.show({ kind: 'error', text: t('transfers.add.tooLarge', { name: showHidden(file.name) }) });
        return false;
      }
      const answer = await attempt(async () => api.command('list.import', { xml: await file.text() }));
      if (answer) tell(answer.added.length, answer.known, answer.skipped);
      return answer !== undefined;
    },
  };
}
