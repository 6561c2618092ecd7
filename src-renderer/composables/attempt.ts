import { useI18n } from 'vue-i18n';
import { useNotices } from '../stores/notices.ts';
import { useErrorText } from './error-text.ts';

/** Runs what may fail; then the user is told why. Gives undefined in that case. */
export function useAttempt() {
  const notices = useNotices();
  const { textOfThrown } = useErrorText();
  return async <T>(task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task();
    } catch (thrown) {
      notices.show({ kind: 'error', text: textOfThrown(thrown) });
      return undefined;
    }
  };
}

/** Does the same for each of many, whatever becomes of the others. Gives those for which it was done; of the rest the user is told how many, and why the first. */
export function useAttemptEach() {
  const notices = useNotices();
  const { t } = useI18n();
  const { textOfThrown } = useErrorText();
  return async <T>(rows: readonly T[], task: (row: T) => Promise<unknown>): Promise<readonly T[]> => {
    const results = await Promise.allSettled(rows.map((row) => task(row)));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [textOfThrown(result.reason)] : []));
    const [why] = failures;
    if (why !== undefined) {
      const text =
        failures.length === 1 ? why : t('common.failures', { failed: failures.length, all: rows.length, why });
      notices.show({ kind: 'error', text });
    }
    return rows.filter((_, index) => results[index]?.status === 'fulfilled');
  };
}
