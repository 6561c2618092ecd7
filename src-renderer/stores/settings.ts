import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { DEFAULT_SETTINGS, type SettingKey, type Settings, type SettingValue } from '#contract/settings.ts';
import { useApi } from '../api/index.ts';

/** The peer's settings; those of the page are among them. */
export const useSettings = defineStore('settings', () => {
  const api = useApi();
  const values = shallowRef<Settings>(DEFAULT_SETTINGS);
  /** Until then the values are the defaults. */
  const isLoaded = shallowRef(false);
  const waitingForRestart = shallowRef<ReadonlySet<SettingKey>>(new Set());

  async function load(): Promise<void> {
    const views = await api.query('settings', {});
    values.value = Object.fromEntries(views.map(({ key, value }) => [key, value])) as unknown as Settings;
    isLoaded.value = true;
  }

  /** Shown at once; taken back when the peer refuses it, and the error is thrown on. */
  async function set<K extends SettingKey>(key: K, value: SettingValue): Promise<void> {
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

  return { values, isLoaded, waitingForRestart: computed(() => [...waitingForRestart.value]), load, set };
});
