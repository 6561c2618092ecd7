import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { CommandInput } from '#contract/api.ts';
import type { SavedId } from '#contract/ids.ts';
import type { SavedView } from '#contract/saved.ts';
import { useApi } from '../api/index.ts';

/** The searches that the user keeps, in the order in which they were added. */
export const useSaved = defineStore('saved', () => {
  const api = useApi();
  const list = shallowRef<readonly SavedView[]>([]);
  const byWords = computed(() => new Map(list.value.map((saved) => [saved.words, saved])));
  /** How many of them have something new. */
  const fresh = computed(() => list.value.filter((saved) => saved.fresh > 0).length);

  async function load(): Promise<void> {
    list.value = await api.query('saved', {});
  }
  async function add(input: CommandInput<'saved.add'>): Promise<void> {
    await api.command('saved.add', input);
    await load();
  }
  async function set(input: CommandInput<'saved.set'>): Promise<void> {
    await api.command('saved.set', input);
    await load();
  }
  async function remove(id: SavedId): Promise<void> {
    await api.command('saved.remove', { id });
    await load();
  }
  /** The user looks at what is new. */
  async function seen(id: SavedId): Promise<void> {
    await api.command('saved.seen', { id });
    await load();
  }
  api.on('saved.found', () => void load().catch(() => undefined));
  return { list, byWords, fresh, load, add, set, remove, seen };
});
