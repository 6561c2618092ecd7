import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { Events } from '#contract/api.ts';
import { DEFAULT_SETTINGS, SETTINGS, type SettingKey, type Settings, type SettingValue } from '#contract/settings.ts';
import { useApi } from '../api/index.ts';
import { keepLook, readLook } from './last-look.ts';

const SOON_MS = 400;

/** The peer's settings; those of the page are among them. */
export const useSettings = defineStore('settings', () => {
  const api = useApi();
  const told = shallowRef<Settings>({ ...DEFAULT_SETTINGS, ...readLook() });
  /** What this page changed and the peer has not answered yet: shown in the place of what the peer told, whatever it tells meanwhile. */
  const pending = shallowRef<ReadonlyMap<SettingKey, SettingValue>>(new Map());
  const values = computed(() => ({ ...told.value, ...Object.fromEntries(pending.value) }) as Settings);
  /** Until then the values are the defaults, and the look is the last one. */
  const isLoaded = shallowRef(false);
  const soon = new Map<SettingKey, ReturnType<typeof setTimeout>>();
  /** The last change of each: the answer to an earlier one does not end what a later one shows. */
  const last = new Map<SettingKey, symbol>();
  const waitingForRestart = shallowRef<ReadonlySet<SettingKey>>(new Set());

  async function load(): Promise<void> {
    const views = await api.query('settings', {});
    told.value = Object.fromEntries(views.map(({ key, value }) => [key, value])) as unknown as Settings;
    isLoaded.value = true;
  }

  function take({ key, value, restartNeeded }: Events['settings']): void {
    told.value = { ...told.value, [key]: value };
    if (restartNeeded) waitingForRestart.value = new Set([...waitingForRestart.value, key]);
  }
  // Other pages and the command line change them too.
  api.on('settings', (changes) => {
    for (const change of changes) take(change);
  });

  function show(key: SettingKey, value: SettingValue): void {
    pending.value = new Map(pending.value).set(key, value);
  }
  function hide(key: SettingKey): void {
    const others = new Map(pending.value);
    others.delete(key);
    pending.value = others;
  }

  /**
   * Shown at once; taken back when the peer refuses it, and the error is thrown on. A text is shown when it is taken: until then it stands
   * in its field, where its mistake can be mended.
   */
  async function set<K extends SettingKey>(key: K, value: SettingValue): Promise<void> {
    clearTimeout(soon.get(key));
    const change = Symbol(key);
    last.set(key, change);
    if (SETTINGS[key].kind !== 'text') show(key, value);
    try {
      take(await api.command('settings.set', { key, value }));
    } finally {
      if (last.get(key) === change) hide(key);
    }
  }

  /** Shown at once and told to the peer when it has not changed for a moment: for what changes with each move of a pointer. */
  function setSoon<K extends SettingKey>(key: K, value: SettingValue): void {
    show(key, value);
    last.delete(key);
    clearTimeout(soon.get(key));
    soon.set(
      key,
      setTimeout(() => void set(key, value).catch(() => undefined), SOON_MS),
    );
  }

  watch(values, (settings) => isLoaded.value && keepLook(settings));
  return { values, isLoaded, waitingForRestart: computed(() => [...waitingForRestart.value]), load, set, setSoon };
});
