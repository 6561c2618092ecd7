import { useI18n } from 'vue-i18n';
import { parseTarget } from '#contract/address.ts';
import { formatMagnet } from '#contract/magnet.ts';
import type { SharedFileView } from '#contract/outputs.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useClipboardText } from '../../composables/clipboard-text.ts';
import { useFormat } from '../../composables/format.ts';
import { saveList } from '../../composables/save-list.ts';
import { useNotices } from '../../stores/notices.ts';
import { useStatus } from '../../stores/status.ts';
import { showHidden } from '../../ui/show-hidden.ts';

const LIST_NAME = 'shoal-library.meta4';

/** What can be done with shared files; `changed` is called when other files are shared than before. */
export function useFileActions(changed: () => void) {
  const api = useApi();
  const { t } = useI18n();
  const { formatCount } = useFormat();
  const status = useStatus();
  const notices = useNotices();
  const attempt = useAttempt();
  const tell = (text: string, undo?: () => void): void =>
    notices.show({
      kind: 'info',
      text,
      ...(undo ? { action: { label: t('common.actions.undo'), run: undo } } : {}),
    });

  const copy = useClipboardText();
  const magnetOf = ({ hash, name, size }: SharedFileView): string => {
    const sources = (status.status?.invitations ?? []).map(parseTarget).filter((target) => target !== undefined);
    return formatMagnet({ hash, name, size, sources });
  };
  async function shareAgain(paths: readonly string[]): Promise<void> {
    await attempt(async () => {
      for (const path of paths) await api.command('share.file', { path, shared: true });
    });
    changed();
  }
  async function stopSharing(files: readonly SharedFileView[]): Promise<void> {
    const stopped: string[] = [];
    await attempt(async () => {
      for (const { path } of files) {
        await api.command('share.file', { path, shared: false });
        stopped.push(path);
      }
    });
    changed();
    if (stopped.length === 0) return;
    const text =
      stopped.length === 1
        ? t('library.stopped', { name: showHidden(files[0]?.name ?? '') })
        : t('library.stoppedMany', { count: formatCount(stopped.length) });
    tell(text, () => void shareAgain(stopped));
  }
  async function exportList(): Promise<void> {
    const list = await attempt(() => api.query('list.export', { of: 'library' }));
    if (!list) return;
    saveList(list.xml, LIST_NAME);
    const [count, left] = [formatCount(list.files), formatCount(list.left)];
    tell(list.left > 0 ? t('library.exportedPart', { count, left }) : t('library.exported', { count }, list.files));
  }
  const target = ({ hash, size }: SharedFileView) => ({ kind: 'shared', hash, size }) as const;
  return {
    copyMagnet: (file: SharedFileView) => copy(magnetOf(file)),
    copyHash: ({ hash }: SharedFileView) => copy(hash),
    stopSharing,
    shareAgain,
    exportList,
    openFile: (file: SharedFileView) => attempt(async () => api.shell?.openFile(target(file))),
    reveal: (file: SharedFileView) => attempt(async () => api.shell?.reveal(target(file))),
    isInWindow: api.shell !== null,
  };
}
export type FileActions = ReturnType<typeof useFileActions>;
