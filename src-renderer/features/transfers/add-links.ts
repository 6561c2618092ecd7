import { useI18n } from 'vue-i18n';
import { MAX_LIST_BYTES } from '#contract/lists.ts';
import { useApi } from '../../api/index.ts';
import { useAddDownloads } from '../../composables/add-downloads.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useNotices } from '../../stores/notices.ts';
import { showHidden } from '../../ui/show-hidden.ts';
import { useAllowLocal } from './allow-local.ts';
import { readLinks } from './read-links.ts';

/** Shown of a word that is no link. */
const SHOWN_LENGTH = 60;

/** Adds downloads from links, hashes and lists, and tells what came of it. */
export function useAddLinks() {
  const api = useApi();
  const { t } = useI18n();
  const notices = useNotices();
  const attempt = useAttempt();
  const { add, tell } = useAddDownloads();
  const { allow, allowNew } = useAllowLocal();
  const complain = (text: string): void => notices.show({ kind: 'error', text });

  return {
    /** Gives whether all of it was understood and added. */
    async addText(text: string): Promise<boolean> {
      const { wanted, bad } = readLinks(text);
      const areAdded = await add(await allowNew(wanted));
      const [wrong = ''] = bad;
      const isRead = bad.length === 0 && wanted.length > 0;
      if (!isRead) complain(`${t('transfers.add.wrong')} ${showHidden(wrong.slice(0, SHOWN_LENGTH))}`.trim());
      return areAdded && isRead;
    },
    /** Of Metalink 4. */
    async addList(file: File): Promise<boolean> {
      if (file.size > MAX_LIST_BYTES) {
        complain(t('transfers.add.tooLarge', { name: showHidden(file.name) }));
        return false;
      }
      const answer = await attempt(async () => api.command('list.import', { xml: await file.text() }));
      if (answer) tell({ added: answer.added.length, known: answer.known, left: answer.skipped });
      if (answer) await allow(answer.local);
      return answer !== undefined;
    },
  };
}
