import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { saveList } from '../../composables/save-list.ts';
import { useDownloads } from '../../stores/downloads.ts';

/** What is done with the whole list of downloads. */
export function useListActions() {
  const api = useApi();
  const attempt = useAttempt();
  const downloads = useDownloads();
  return {
    clear: () =>
      attempt(async () => {
        await api.command('download.clear', {});
        await downloads.load();
      }),
    exportList: () =>
      attempt(async () => {
        const { xml } = await api.query('list.export', { of: 'downloads' });
        saveList(xml, 'shoal-downloads.meta4');
      }),
  };
}
