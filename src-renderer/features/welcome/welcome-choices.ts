import { ref, shallowRef } from 'vue';
import type { SettingKey, Settings } from '#contract/settings.ts';
import { useApi } from '../../api/index.ts';
import { useErrorText } from '../../composables/error-text.ts';
import { useSettings } from '../../stores/settings.ts';

/** `fault`: why it could not be shared, in words. */
export type ChosenFolder = { readonly path: string; readonly isShared: boolean; readonly fault: string | null };

/** Bytes a second; 0 is none. */
const RATES = [0, 100_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000] as const;
const ASKED = ['peer.name', 'downloads.share', 'download.rate', 'upload.rate', 'supernode.role'] as const;
type Answers = Pick<Settings, (typeof ASKED)[number]>;

/** The usual rates, and the one that is in force. */
export const rateChoices = (now: number): readonly number[] => [...new Set([...RATES, now])].sort((a, b) => a - b);

/** What the user answers at the first start; nothing of it is in force before `start`. */
export function useWelcomeChoices() {
  const api = useApi();
  const settings = useSettings();
  const { textOfThrown } = useErrorText();
  const answers = ref<Answers>(Object.fromEntries(ASKED.map((key) => [key, settings.values[key]])) as Answers);
  const folders = shallowRef<readonly ChosenFolder[]>([]);
  const fault = ref('');
  const isBusy = ref(false);

  function addFolder(typed: string): void {
    const path = typed.trim();
    if (path === '' || folders.value.some((folder) => folder.path === path)) return;
    folders.value = [...folders.value, { path, isShared: false, fault: null }];
  }
  const removeFolder = (path: string): void => {
    folders.value = folders.value.filter((folder) => folder.path !== path);
  };
  async function share(folder: ChosenFolder): Promise<ChosenFolder> {
    if (folder.isShared) return folder;
    try {
      await api.command('share.add', { path: folder.path });
      return { ...folder, isShared: true, fault: null };
    } catch (thrown) {
      return { ...folder, fault: textOfThrown(thrown) };
    }
  }
  async function setChanged(next: Partial<Settings>): Promise<void> {
    for (const key of Object.keys(next) as SettingKey[]) {
      const value = next[key];
      if (value !== undefined && value !== settings.values[key]) await settings.set(key, value);
    }
  }
  /** Runs `task`; the questions are over when it went well. */
  async function finish(task: () => Promise<boolean>): Promise<void> {
    if (isBusy.value) return;
    isBusy.value = true;
    fault.value = '';
    try {
      if (await task()) await settings.set('page.welcomed', true);
    } catch (thrown) {
      fault.value = textOfThrown(thrown);
    } finally {
      isBusy.value = false;
    }
  }
  return {
    ...{ answers, folders, fault, isBusy, addFolder, removeFolder },
    start: () =>
      finish(async () => {
        await setChanged({ ...answers.value, 'peer.name': answers.value['peer.name'].trim() });
        const tried: ChosenFolder[] = [];
        for (const folder of folders.value) tried.push(await share(folder));
        folders.value = tried;
        return tried.every(({ isShared }) => isShared);
      }),
    /** Nothing is shared that was not asked about. */
    skip: () =>
      finish(async () => {
        await setChanged({ 'downloads.share': false });
        return true;
      }),
  };
}
