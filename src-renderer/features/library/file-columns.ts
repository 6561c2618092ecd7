import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { SharedFileView } from '#contract/outputs.ts';
import { useFormat } from '../../composables/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import { toFileType } from './descriptor-fields.ts';

/** Columns of the shared files. The peer orders them, so none sorts. */
export function useFileColumns() {
  const { t } = useI18n();
  const { formatSize, formatCount, formatDuration } = useFormat();
  return computed((): readonly TableColumn<SharedFileView>[] => [
    { key: 'name', title: t('library.columns.name'), width: 300 },
    { key: 'size', title: t('library.columns.size'), width: 104, align: 'end', text: ({ size }) => formatSize(size) },
    {
      key: 'type',
      title: t('library.columns.type'),
      width: 92,
      text: ({ type }) => t(`common.types.${toFileType(type)}`),
    },
    { key: 'title', title: t('library.columns.title'), width: 150 },
    { key: 'artist', title: t('library.columns.artist'), width: 130 },
    { key: 'album', title: t('library.columns.album'), width: 130, isHidden: true },
    {
      key: 'length',
      title: t('library.columns.length'),
      width: 80,
      align: 'end',
      text: ({ extracted: { durationSeconds } }) =>
        durationSeconds === undefined ? '' : formatDuration(durationSeconds),
    },
    {
      key: 'bitrate',
      title: t('library.columns.bitrate'),
      width: 96,
      align: 'end',
      isHidden: true,
      text: ({ extracted: { bitrateKbps } }) =>
        bitrateKbps === undefined ? '' : t('library.kilobits', { count: formatCount(Math.round(bitrateKbps)) }),
    },
    {
      key: 'asked',
      title: t('library.columns.asked'),
      width: 92,
      align: 'end',
      text: ({ asked }) => (asked === 0 ? '' : formatCount(asked)),
    },
    { key: 'path', title: t('library.columns.path'), width: 360 },
  ]);
}

/** Names a row; without spaces, for it becomes an id in the page. */
export const fileKey = ({ path }: Pick<SharedFileView, 'path'>): string =>
  path.replaceAll(/[\s%]/g, (character) => `%${character.charCodeAt(0)}.`);
