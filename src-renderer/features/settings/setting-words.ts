import { useI18n } from 'vue-i18n';
import { SETTINGS, type SettingEntry, type SettingKey, type SettingValue } from '#contract/settings.ts';
import { useFormat } from '../../composables/format.ts';
import { LANGUAGES } from '../../i18n/index.ts';
import type { SettingTexts, ShownSettingKey } from '../../i18n/setting-texts.ts';
import { type NumberFault, splitNumber } from './number-units.ts';

type Flat = Readonly<Record<string, string>>;

/** What settings, their values and their faults are called in the page's language. */
export function useSettingWords() {
  const { t, tm } = useI18n();
  const { formatCount } = useFormat();
  // Keys of these have dots and slashes in them, which a path of keys would take apart.
  const textsOf = (key: ShownSettingKey) => (tm('settings.texts') as SettingTexts)[key];
  const unitText = (unit: string): string => (tm('settings.units') as Flat)[unit] ?? unit;
  const choiceText = (key: SettingKey, choice: string): string => {
    if (key === 'page.language' && Object.hasOwn(LANGUAGES, choice)) return LANGUAGES[choice as keyof typeof LANGUAGES];
    return (tm('settings.choices') as Flat)[choice] ?? choice;
  };
  const numberText = (kind: NumericKind, value: number): string => {
    if (kind === 'rate' && value === 0) return t('settings.noLimit');
    const { number, unit } = splitNumber(kind, value);
    return `${formatCount(Number(number))} ${unitText(unit)}`.trim();
  };
  const valueText = (key: SettingKey, value: SettingValue): string => {
    const entry: SettingEntry = SETTINGS[key];
    switch (entry.kind) {
      case 'switch':
        return value === true ? t('settings.on') : t('settings.off');
      case 'text':
        return String(value) || t('settings.empty');
      case 'choice':
        return choiceText(key, String(value));
      default:
        return numberText(entry.kind, Number(value));
    }
  };
  const faultText = (fault: NumberFault): string => {
    if (fault.kind !== 'range') return t(`settings.${fault.kind}`);
    const { kind, min, max } = fault.entry;
    // The least rate is no limit, which is not a bound that anybody can pass.
    return t('settings.range', { min: boundText(kind, min), max: numberText(kind, max) });
  };
  const boundText = (kind: NumericKind, value: number): string =>
    kind === 'rate' && value === 0 ? formatCount(0) : numberText(kind, value);
  return { textsOf, unitText, choiceText, valueText, faultText };
}
type NumericKind = Parameters<typeof splitNumber>[0];
