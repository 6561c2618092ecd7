import { useEventListener } from '@vueuse/core';
import { ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useFolderChoice } from '../../composables/folder-choice.ts';
import { useNotices } from '../../stores/notices.ts';
import { showHidden } from '../../ui/show-hidden.ts';

/** Adds folders: chosen or dropped in a window; in a browser, which cannot see the peer's machine, by their path. */
export function useAddFolder(changed: () => void) {
  const api = useApi();
  const { t } = useI18n();
  const attempt = useAttempt();
  const notices = useNotices();
  const isDropping = ref(false);

  async function share(path: string): Promise<void> {
    const added = await api.command('share.add', { path });
    notices.show({ kind: 'info', text: t('library.add.done', { path: showHidden(added.path) }) });
    changed();
  }
  const { isAsking, choose } = useFolderChoice(share);
  function onDragOver(event: DragEvent): void {
    if (!api.shell || event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    isDropping.value = true;
  }
  async function onDrop(event: DragEvent): Promise<void> {
    const { shell } = api;
    if (!shell) return;
    event.preventDefault();
    isDropping.value = false;
    const paths = [...(event.dataTransfer?.files ?? [])].map((file) => shell.pathOfDropped(file));
    for (const path of paths) if (path !== '') await attempt(() => share(path));
  }
  useEventListener(window, 'dragover', onDragOver);
  useEventListener(window, 'dragleave', () => {
    isDropping.value = false;
  });
  useEventListener(window, 'drop', (event) => void onDrop(event));
  return { isAsking, isDropping, share, choose };
}
