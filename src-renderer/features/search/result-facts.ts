import type { SearchResult } from '#contract/search.ts';
import type { useFormat } from '../../composables/format.ts';

type Texts = { readonly t: (key: string) => string; readonly format: ReturnType<typeof useFormat> };
type Fact = { readonly key: string; readonly name: string; readonly text: string };

/** What others say of a file, field by field; nothing of it is checked but hash and size. */
export function resultFacts({ hash, size, type, extracted }: SearchResult, { t, format }: Texts): readonly Fact[] {
  const { title, artist, album, year, durationSeconds, bitrateKbps } = extracted;
  const { track, genre, width, height, pages, language, codec } = extracted;
  const columns: readonly (readonly [string, string | undefined])[] = [
    ['size', format.formatSize(size)],
    ['type', t(`common.types.${type}`)],
    ['title', title],
    ['artist', artist],
    ['album', album],
    ['year', ifKnown(year, String)],
    ['length', ifKnown(durationSeconds, format.formatDuration)],
    ['bitrate', ifKnown(bitrateKbps, (rate) => `${Math.round(rate)} kbit/s`)],
  ];
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['track', ifKnown(track, String)],
    ['genre', genre],
    ['pixels', width === undefined || height === undefined ? undefined : `${width} × ${height}`],
    ['pages', ifKnown(pages, format.formatCount)],
    ['language', language],
    ['codec', codec],
  ];
  return [
    ...columns.map(([key, text]) => ({ key, name: t(`search.columns.${key}`), text })),
    ...fields.map(([key, text]) => ({ key, name: t(`search.fields.${key}`), text })),
    { key: 'hash', name: t('search.columns.hash'), text: hash },
  ].flatMap(({ key, name, text }) => (text === undefined ? [] : [{ key, name, text }]));
}

const ifKnown = (value: number | undefined, show: (value: number) => string): string | undefined =>
  value === undefined ? undefined : show(value);
