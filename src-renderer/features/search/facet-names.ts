import { useI18n } from 'vue-i18n';
import { FILE_TYPES, type FileType } from '#contract/descriptor.ts';
import { useFormat } from '../../composables/format.ts';
import { BOUNDS, type Facet } from './facets.ts';

const isFileType = (value: string): value is FileType => (FILE_TYPES as readonly string[]).includes(value);

/** How a group of a facet is called. */
export function useFacetNames() {
  const { t } = useI18n();
  const format = useFormat();
  const show = {
    size: (bytes: number) => format.formatSize(bytes),
    length: (seconds: number) => format.formatDuration(seconds),
    bitrate: (kilobits: number) => `${kilobits} kbit/s`,
  };

  function rangeName(facet: keyof typeof BOUNDS, at: number): string {
    const bounds: readonly number[] = BOUNDS[facet];
    const [from, to] = [bounds[at] ?? 0, bounds[at + 1]];
    if (to === undefined) return t('search.facets.above', { from: show[facet](from) });
    if (at === 0) return t('search.facets.below', { to: show[facet](to) });
    return t('search.facets.between', { from: show[facet](from), to: show[facet](to) });
  }
  return (facet: Facet, value: string): string => {
    if (facet === 'size' || facet === 'length' || facet === 'bitrate') return rangeName(facet, Number(value));
    return facet === 'type' && isFileType(value) ? t(`common.types.${value}`) : value;
  };
}
