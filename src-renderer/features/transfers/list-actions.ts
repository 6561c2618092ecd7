import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useDownloads } from '../../stores/downloads.ts';
import { saveText } from './save-text.ts';

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
        saveText(xml, 'shoal-downloads.meta4', 'application/metalink4+xml');
      }),
  };
}
