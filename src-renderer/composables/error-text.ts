import { useI18n } from 'vue-i18n';
import { type ErrorValue, toAppError } from '#contract/errors.ts';

/** What happened, why, and what to do, in the page's language. */
export function useErrorText() {
  const { t, tm } = useI18n();
  const textOf = ({ code, params }: ErrorValue): string => {
    // Codes have dots in them, which a path of keys would take apart.
    const texts = tm('errors') as Readonly<Record<string, string>>;
    const text = texts[code] ?? t('common.units.unknown');
    return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '?'));
  };
  return { textOf, textOfThrown: (thrown: unknown): string => textOf(toAppError(thrown).toValue()) };
}
