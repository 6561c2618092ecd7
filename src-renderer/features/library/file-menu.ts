import {
  mdiEyeOffOutline,
  mdiEyeOutline,
  mdiFingerprint,
  mdiFolderOpenOutline,
  mdiMagnet,
  mdiOpenInApp,
} from '@mdi/js';
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { SharedFileView } from '#contract/outputs.ts';
import { useFormat } from '../../composables/format.ts';
import type { MenuItem } from '../../ui/ContextMenu.vue';
import type { FileActions } from './file-actions.ts';

/** What can be done with the chosen files. */
export function useFileMenu(
  files: () => readonly SharedFileView[],
  actions: FileActions,
  preview: (file: SharedFileView) => void,
) {
  const { t } = useI18n();
  const { formatCount } = useFormat();
  const ofOne = (file: SharedFileView): readonly MenuItem[] => [
    { title: t('library.actions.preview'), icon: mdiEyeOutline, run: () => preview(file) },
    ...(actions.isInWindow
      ? [
          { title: t('library.actions.openFile'), icon: mdiOpenInApp, run: () => void actions.openFile(file) },
          { title: t('library.actions.reveal'), icon: mdiFolderOpenOutline, run: () => void actions.reveal(file) },
        ]
      : []),
    { title: t('library.actions.copyMagnet'), icon: mdiMagnet, run: () => void actions.copyMagnet(file) },
    { title: t('library.actions.copyHash'), icon: mdiFingerprint, run: () => void actions.copyHash(file) },
  ];
  return computed((): readonly MenuItem[] => {
    const chosen = files();
    const [file] = chosen;
    if (!file) return [];
    return [
      ...(chosen.length === 1 ? ofOne(file) : []),
      {
        title: t('library.actions.stopSharing', { count: formatCount(chosen.length) }, chosen.length),
        icon: mdiEyeOffOutline,
        run: () => void actions.stopSharing(chosen),
      },
    ];
  });
}
