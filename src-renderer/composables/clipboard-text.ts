import { useI18n } from 'vue-i18n';
import { useNotices } from '../stores/notices.ts';

/** Copies a text and says so. */
export function useClipboardText() {
  const notices = useNotices();
  const { t } = useI18n();
  return async (text: string): Promise<void> => {
    await navigator.clipboard.writeText(text);
    notices.show({ kind: 'info', text: t('common.copied') });
  };
}
