import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import { DEFAULT_SETTINGS, type SettingKey, type Settings, type SettingValue } from '#contract/settings.ts';
import { useApi } from '../api/index.ts';
import { keepLook, readLook } from './last-look.ts';

const SOON_MS = 400;

/** The peer's settings; those of the page are among them. */
export const useSettings = defineStore('settings', () => {
  const api = useApi();
  const values = shallowRef<Settings>({ ...DEFAULT_SETTINGS, ...readLook() });
  /** Until then the values are the defaults, and the look is the last one. */
  const isLoaded = shallowRef(false);
  const soon = new Map<SettingKey, ReturnType<typeof setTimeout>>();
  const waitingForRestart = shallowRef<ReadonlySet<SettingKey>>(new Set());

  async function load(): Promise<void> {
    const views = await api.query('settings', {});
    values.value = Object.fromEntries(views.map(({ key, value }) => [key, value])) as unknown as Settings;
    isLoaded.value = true;
  }

  /** Shown at once; taken back when the peer refuses it, and the error is thrown on. */
  async function set<K extends SettingKey>(key: K, value: SettingValue): Promise<void> {
    clearTimeout(soon.get(key));
    const before = values.value[key];
    values.value = { ...values.value, [key]: value };
    try {
      const answer = await api.command('settings.set', { key, value });
      values.value = { ...values.value, [key]: answer.value };
      if (answer.restartNeeded) waitingForRestart.value = new Set([...waitingForRestart.value, key]);
    } catch (error) {
      values.value = { ...values.value, [key]: before };
      throw error;
    }
  }

  /** Shown at once and told to the peer when it has not changed for a moment: for what changes with each move of a pointer. */
  function setSoon<K extends SettingKey>(key: K, value: SettingValue): void {
    values.value = { ...values.value, [key]: value };
    clearTimeout(soon.get(key));
    soon.set(
      key,
      setTimeout(() => void set(key, value).catch(() => undefined), SOON_MS),
    );
  }

  watch(values, (settings) => isLoaded.value && keepLook(settings));
  return { values, isLoaded, waitingForRestart: computed(() => [...waitingForRestart.value]), load, set, setSoon };
});
