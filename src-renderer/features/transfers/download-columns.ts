import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { DOWNLOAD_STATES, type DownloadView } from '#contract/transfer.ts';
import { useFormat } from '../../composables/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import { useReasonText } from './reason-text.ts';

const activeIn = ({ sources }: DownloadView): number => sources.filter(({ state }) => state === 'active').length;
const isLoading = ({ state }: DownloadView): boolean => state === 'downloading';

/** The columns of the table of downloads, in the page's language. */
export function useDownloadColumns() {
  const { t } = useI18n();
  const { formatSize, formatRate, formatDuration, formatDate, formatCount } = useFormat();
  const { stateText } = useReasonText();
  const title = (key: string) => ({ key, title: t(`transfers.columns.${key}`) });
  return computed((): readonly TableColumn<DownloadView>[] => [
    { ...title('place'), width: 68, align: 'end', value: (row) => row.place, text: (row) => formatCount(row.place) },
    { ...title('name'), width: 208, value: (row) => row.name },
    { ...title('progress'), width: 104, value: (row) => (row.size ? row.done / row.size : 0), isDownFirst: true },
    { ...title('state'), width: 196, value: (row) => DOWNLOAD_STATES.indexOf(row.state), text: stateText },
    {
      ...{ ...title('size'), width: 84, align: 'end', isDownFirst: true },
      ...{ value: (row) => row.size, text: (row) => formatSize(row.size) },
    },
    {
      ...{ ...title('done'), width: 84, align: 'end', isDownFirst: true },
      ...{ value: (row) => row.done, text: (row) => formatSize(row.done) },
    },
    {
      ...{ ...title('rate'), width: 88, align: 'end', isDownFirst: true },
      ...{ value: (row) => row.rate, text: (row) => (isLoading(row) ? formatRate(row.rate) : '') },
    },
    {
      ...{ ...title('left'), width: 80, align: 'end', value: (row) => row.etaSeconds },
      text: (row) => (row.etaSeconds === null ? '' : formatDuration(row.etaSeconds)),
    },
    {
      ...{ ...title('sources'), width: 84, align: 'end', value: activeIn, isDownFirst: true },
      text: (row) => t('transfers.sourcesOf', { active: activeIn(row), all: row.sources.length }),
    },
    {
      ...{ ...title('added'), width: 172, isDownFirst: true, value: (row) => row.addedMs },
      text: (row) => (row.addedMs === 0 ? '' : formatDate(row.addedMs)),
    },
  ]);
}
