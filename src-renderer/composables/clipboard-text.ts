import { useI18n } from 'vue-i18n';
import { useNotices } from '../stores/notices.ts';

/** Copies a text and says so; where the clipboard is refused, the text itself is shown to be copied by hand. */
export function useClipboardText() {
  const notices = useNotices();
  const { t } = useI18n();
  return async (text: string): Promise<void> => {
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    notices.show({ kind: 'info', ...(isCopied ? { text: t('common.copied') } : { text, stays: true }) });
  };
}
