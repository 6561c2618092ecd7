import { useI18n } from 'vue-i18n';
import { type ErrorCode, type ErrorParams, type ErrorValue, toAppError } from '#contract/errors.ts';

type Texts = Readonly<Record<string, string>>;
const SLOT = /\{(\w+)\}/g;

/** What happened, why, and what to do, in the page's language. */
export function useErrorText() {
  const { t, tm } = useI18n();
  const textOf = ({ code, params }: ErrorValue): string => {
    // Codes have dots in them, which a path of keys would take apart.
    const text = (tm('errors') as Texts)[code] ?? t('common.units.unknown');
    const isWhole = [...text.matchAll(SLOT)].every(([, name = '']) => name in params);
    return isWhole ? fill(text, params) : ((tm('reasons') as Texts)[code] ?? fill(text, params));
  };
  return {
    textOf,
    /** Where only the code is known: why a download waits, a source is idle, a folder is not shared. */
    textOfCode: (code: ErrorCode): string => textOf({ code, params: {} }),
    textOfThrown: (thrown: unknown): string => textOf(toAppError(thrown).toValue()),
  };
}

const fill = (text: string, params: ErrorParams): string =>
  text.replaceAll(SLOT, (_, name: string) => String(params[name] ?? '?'));
