import { estimateSeconds, freeSlots } from '#contract/estimate.ts';
import type { SearchResult } from '#contract/search.ts';
import type { useFormat } from '../../composables/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';

type Texts = { readonly t: (key: string) => string; readonly format: ReturnType<typeof useFormat> };

/** The last part of a name after its dot, in lower case; empty when there is none. */
export const extensionOf = (name: string): string => /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1]?.toLowerCase() ?? '';

/** What a row of results can show. */
export function searchColumns({ t, format }: Texts): readonly TableColumn<SearchResult>[] {
  const title = (key: string) => t(`search.columns.${key}`);
  const text = (key: 'artist' | 'title' | 'album', width: number): TableColumn<SearchResult> => ({
    ...{ key, title: title(key), width, isHidden: true },
    value: ({ extracted }) => extracted[key]?.toLowerCase() ?? null,
  });
  const number = (
    key: string,
    width: number,
    value: (row: SearchResult) => number | null,
    show: (value: number) => string,
  ): TableColumn<SearchResult> => ({
    ...{ key, title: title(key), width, value, align: 'end', isDownFirst: true },
    text: (row) => {
      const found = value(row);
      return found === null ? '' : show(found);
    },
  });
  return [
    { key: 'name', title: title('name'), width: 340, value: ({ name }) => name.toLowerCase() },
    number(
      'rank',
      92,
      ({ rank }) => rank.total,
      (total) => String(Math.round(total * 100)),
    ),
    number('sources', 90, ({ sources }) => sources.length, format.formatCount),
    number('slots', 96, freeSlots, format.formatCount),
    { ...number('time', 84, estimateSeconds, format.formatDuration), isDownFirst: false },
    number('size', 96, ({ size }) => size, format.formatSize),
    number('length', 84, ({ extracted }) => extracted.durationSeconds ?? null, format.formatDuration),
    number(
      'bitrate',
      96,
      ({ extracted }) => extracted.bitrateKbps ?? null,
      (kbps) => `${Math.round(kbps)} kbit/s`,
    ),
    {
      key: 'extension',
      title: title('extension'),
      width: 96,
      text: ({ name }) => extensionOf(name),
      value: ({ name }) => extensionOf(name),
    },
    text('artist', 160),
    text('title', 200),
    text('album', 160),
    { ...number('year', 72, ({ extracted }) => extracted.year ?? null, String), isHidden: true },
    { ...number('wave', 72, ({ wave }) => wave, String), isHidden: true, isDownFirst: false },
    {
      key: 'hash',
      title: title('hash'),
      width: 200,
      isHidden: true,
      text: ({ hash }) => hash,
      value: ({ hash }) => hash,
    },
  ];
}
