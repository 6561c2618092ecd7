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
