import { useI18n } from 'vue-i18n';
import type { Extracted, FileType } from '#contract/descriptor.ts';
import { useFormat } from '../../composables/format.ts';
import type { FieldName } from './descriptor-fields.ts';

/** Names and values of a descriptor's fields, in the page's language. */
export function useFieldTexts() {
  const { t } = useI18n();
  const { formatDuration, formatCount } = useFormat();
  /** Who made a text is its author. */
  const labelOf = (field: FieldName, type: FileType): string =>
    t(`library.fields.${field === 'artist' && type !== 'audio' && type !== 'video' ? 'author' : field}`);
  return {
    labelOf,
    /** With the unit that is typed. */
    inputLabelOf: (field: FieldName, type: FileType): string =>
      field === 'durationSeconds' || field === 'bitrateKbps' ? t(`library.edit.${field}`) : labelOf(field, type),
    textOf(field: FieldName, extracted: Extracted): string {
      const value = extracted[field];
      if (field === 'durationSeconds') return formatDuration(extracted.durationSeconds ?? null);
      if (field === 'bitrateKbps' && typeof value === 'number') {
        return t('library.kilobits', { count: formatCount(Math.round(value)) });
      }
      return String(value ?? '');
    },
  };
}
