import {
  mdiArrowCollapseUp,
  mdiArrowDown,
  mdiArrowUp,
  mdiDeleteOutline,
  mdiEyeOutline,
  mdiFileRemoveOutline,
  mdiFolderOpenOutline,
  mdiMagnet,
  mdiOpenInNew,
  mdiPause,
  mdiPlay,
  mdiRefresh,
} from '@mdi/js';
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { CommandName } from '#contract/api.ts';
import type { DownloadId } from '#contract/ids.ts';
import { type DownloadView, goesOnWithAll } from '#contract/transfer.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt, useAttemptEach } from '../../composables/attempt.ts';
import { useClipboardText } from '../../composables/clipboard-text.ts';
import { useDownloads } from '../../stores/downloads.ts';
import type { ChosenMedia } from './chosen-media.ts';
import { type DownloadAction, isOver, mayPause, mayResume, mayRetry, movesOf } from './download-action.ts';
import { magnetsOf } from './magnet-of.ts';

type Deps = {
  readonly chosen: () => readonly DownloadView[];
  readonly media: () => ChosenMedia;
  readonly preview: (download: DownloadView) => void;
  readonly cancel: (downloads: readonly DownloadView[]) => Promise<void>;
  readonly discard: (downloads: readonly DownloadView[]) => Promise<void>;
};
type IdCommand = Extract<CommandName, 'download.pause' | 'download.resume' | 'download.retry'>;

/** What can be done with the chosen downloads: for buttons, the menu, the palette and the keys alike. */
export function useDownloadActions({ chosen, media, preview, cancel, discard }: Deps) {
  const { shell, command } = useApi();
  const { t } = useI18n();
  const attempt = useAttempt();
  const attemptEach = useAttemptEach();
  const downloads = useDownloads();
  const copy = useClipboardText();

  const all = (name: IdCommand, rows: readonly DownloadView[]) =>
    void attemptEach(rows, ({ id }) => command(name, { id }));
  const move = (direction: 'up' | 'down' | 'top') =>
    void attempt(async () => {
      for (const step of movesOf(chosen(), direction, downloads.list.length)) await command('download.move', step);
      await downloads.load();
    });
  const target = (id: DownloadId) => ({ kind: 'download', id }) as const;
  const one = computed(() => (chosen().length === 1 ? chosen()[0] : undefined));
  const withOne = (run: (download: DownloadView) => void) => () => {
    if (one.value) run(one.value);
  };
  const make = (
    id: string,
    icon: string,
    isDisabled: boolean,
    run: () => void,
    more: { readonly shortcut?: string; readonly isPlain?: boolean } = {},
  ): DownloadAction => ({ id, icon, isDisabled, run, isPlain: true, ...more, title: t(`transfers.actions.${id}`) });

  const running = computed((): readonly DownloadAction[] => {
    const rows = chosen();
    const cancellable = rows.filter((row) => row.state !== 'done');
    return [
      make('pause', mdiPause, !rows.some(mayPause), () => all('download.pause', rows.filter(mayPause))),
      make('resume', mdiPlay, !rows.some(mayResume), () => all('download.resume', rows.filter(mayResume))),
      make('retry', mdiRefresh, !rows.some(mayRetry), () => all('download.retry', rows.filter(mayRetry))),
      make('cancel', mdiDeleteOutline, cancellable.length === 0, () => void cancel(cancellable), {
        shortcut: 'Delete',
      }),
    ];
  });
  const ordering = computed((): readonly DownloadAction[] => {
    const isNone = chosen().length === 0;
    return [
      make('top', mdiArrowCollapseUp, isNone, () => move('top'), { shortcut: 'Alt+Home' }),
      make('up', mdiArrowUp, isNone, () => move('up'), { shortcut: 'Alt+↑' }),
      make('down', mdiArrowDown, isNone, () => move('down'), { shortcut: 'Alt+↓' }),
    ];
  });
  const files = computed((): readonly DownloadAction[] => {
    const { canPreview, mayOpen } = media();
    const isWhole = one.value?.state === 'done';
    const open = withOne(({ id }) => void attempt(async () => shell?.openFile(target(id))));
    const reveal = withOne(({ id }) => void attempt(async () => shell?.reveal(target(id))));
    const whole = chosen().filter(({ state }) => state === 'done');
    const magnets = () => void copy(magnetsOf(chosen()));
    const inWindow = [
      make('open', mdiOpenInNew, !(isWhole && mayOpen), open),
      make('reveal', mdiFolderOpenOutline, !isWhole, reveal),
    ];
    return [
      make('preview', mdiEyeOutline, !one.value || !canPreview, withOne(preview)),
      ...(shell ? inWindow : []),
      make('discard', mdiFileRemoveOutline, whole.length === 0, () => void discard(whole), { isPlain: false }),
      make('magnet', mdiMagnet, chosen().length === 0, magnets, { isPlain: false }),
    ];
  });

  const actions = computed(() => [...running.value, ...ordering.value, ...files.value]);
  const run = (id: string): void => {
    const action = actions.value.find((one) => one.id === id);
    if (action && !action.isDisabled) action.run();
  };
  return {
    actions,
    run,
    pauseAll: () => all('download.pause', downloads.list.filter(mayPause)),
    resumeAll: () => all('download.resume', downloads.list.filter(goesOnWithAll)),
    hasOver: computed(() => downloads.list.some(isOver)),
  };
}
