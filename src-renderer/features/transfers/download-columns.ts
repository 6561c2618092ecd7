import type { DownloadView } from '#contract/transfer.ts';
import type { useFormat } from '../../composables/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';

type Texts = { readonly t: (key: string) => string; readonly format: ReturnType<typeof useFormat> };

/** What a row of downloads can show. */
export function downloadColumns({ t, format }: Texts): readonly TableColumn<DownloadView>[] {
  const title = (key: string) => t(`transfers.columns.${key}`);
  return [
    {
      key: 'place',
      title: title('place'),
      width: 60,
      align: 'end',
      value: ({ place }) => place,
      text: ({ place }) => String(place),
    },
    { key: 'name', title: title('name'), width: 340, value: ({ name }) => name.toLowerCase() },
    { key: 'progress', title: title('progress'), width: 130, value: ({ done, size }) => (size ? done / size : 0) },
    { key: 'state', title: title('state'), width: 240, value: ({ state }) => state },
    {
      key: 'size',
      title: title('size'),
      width: 96,
      align: 'end',
      value: ({ size }) => size,
      text: ({ size }) => format.formatSize(size),
    },
    {
      key: 'done',
      title: title('done'),
      width: 96,
      align: 'end',
      isHidden: true,
      value: ({ done }) => done,
      text: ({ done }) => format.formatSize(done),
    },
    {
      key: 'rate',
      title: title('rate'),
      width: 100,
      align: 'end',
      value: ({ rate }) => rate,
      text: ({ rate }) => (rate > 0 ? format.formatRate(rate) : ''),
    },
    {
      ...{ key: 'left', title: title('left'), width: 90, align: 'end' },
      value: ({ etaSeconds }) => etaSeconds,
      text: ({ etaSeconds }) => (etaSeconds === null ? '' : format.formatDuration(etaSeconds)),
    },
    {
      key: 'sources',
      title: title('sources'),
      width: 90,
      align: 'end',
      value: activeSources,
      text: (row) => `${activeSources(row)} / ${row.sources.length}`,
    },
    {
      ...{ key: 'added', title: title('added'), width: 160, isHidden: true },
      value: ({ addedMs }) => addedMs,
      text: ({ addedMs }) => (addedMs === 0 ? '' : format.formatDate(addedMs)),
    },
  ];
}

const activeSources = ({ sources }: DownloadView): number => sources.filter(({ state }) => state === 'active').length;
