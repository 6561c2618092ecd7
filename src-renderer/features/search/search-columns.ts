import { estimateSeconds, freeSlots } from '#contract/estimate.ts';
import type { SearchResult } from '#contract/search.ts';
import type { useFormat } from '../../composables/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';

type Column = TableColumn<SearchResult>;
type Texts = { readonly t: (key: string) => string; readonly format: ReturnType<typeof useFormat> };
type NumberColumn = {
  readonly value: (row: SearchResult) => number | null;
  readonly show: (value: number) => string;
  readonly isHidden?: boolean;
  readonly isDownFirst?: boolean;
};

/** The last part of a name after its dot, in lower case; empty when there is none. */
export const extensionOf = (name: string): string => /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1]?.toLowerCase() ?? '';

const kilobits = (rate: number): string => `${Math.round(rate)} kbit/s`;

/** What a row of results can show. */
export function searchColumns(texts: Texts): readonly Column[] {
  const columns = fileColumns(texts);
  return [...columns.slice(0, 2), ...sourceColumns(texts), ...columns.slice(2), ...rankColumns(texts)];
}

/** What a row of one peer's list can show. */
export function fileColumns(texts: Texts): readonly Column[] {
  const { t, format } = texts;
  const title = (key: string) => t(`search.columns.${key}`);
  const text = (key: string, width: number, value: Column['value'], show?: Column['text']): Column => ({
    ...{ key, title: title(key), width, isHidden: true },
    ...(value ? { value } : {}),
    ...(show ? { text: show } : {}),
  });
  const number = numberColumn(texts);
  return [
    { ...text('name', 280, ({ name }) => name.toLowerCase()), isHidden: false },
    number('size', 84, { value: ({ size }) => size, show: format.formatSize }),
    { ...text('type', 104, typeName(t), typeName(t)), isHidden: false },
    number('length', 76, { value: ({ extracted }) => extracted.durationSeconds ?? null, show: format.formatDuration }),
    number('bitrate', 92, { value: ({ extracted }) => extracted.bitrateKbps ?? null, show: kilobits }),
    text('extension', 92, nameExtension, nameExtension),
    text('artist', 160, ({ extracted }) => extracted.artist?.toLowerCase() ?? null),
    text('title', 200, ({ extracted }) => extracted.title?.toLowerCase() ?? null),
    text('album', 160, ({ extracted }) => extracted.album?.toLowerCase() ?? null),
    number('year', 72, { value: ({ extracted }) => extracted.year ?? null, show: String, isHidden: true }),
    text(
      'hash',
      200,
      ({ hash }) => hash,
      ({ hash }) => hash,
    ),
  ];
}

function sourceColumns(texts: Texts): readonly Column[] {
  const number = numberColumn(texts);
  const { formatCount, formatDuration } = texts.format;
  return [
    number('sources', 80, { value: ({ sources }) => sources.length, show: formatCount }),
    number('slots', 92, { value: freeSlots, show: formatCount }),
    number('time', 72, { value: estimateSeconds, show: formatDuration, isDownFirst: false }),
  ];
}

function rankColumns(texts: Texts): readonly Column[] {
  const number = numberColumn(texts);
  return [
    number('wave', 72, { value: ({ wave }) => wave, show: texts.format.formatCount, isDownFirst: false }),
    number('rank', 72, { value: ({ rank }) => rank.total, show: (total) => String(Math.round(total * 100)) }),
  ];
}

const nameExtension = ({ name }: SearchResult): string => extensionOf(name);
const typeName =
  (t: Texts['t']) =>
  ({ type }: SearchResult): string =>
    t(`common.types.${type}`);

const numberColumn =
  ({ t }: Texts) =>
  (key: string, width: number, { value, show, isHidden = false, isDownFirst = true }: NumberColumn): Column => ({
    ...{ key, width, value, isHidden, isDownFirst, align: 'end', title: t(`search.columns.${key}`) },
    text: (row) => {
      const found = value(row);
      return found === null ? '' : show(found);
    },
  });
