import { defineStore } from 'pinia';
import { computed, shallowRef, triggerRef } from 'vue';
import type { ContentHash, DownloadId } from '#contract/ids.ts';
import type { DownloadView } from '#contract/transfer.ts';
import { useApi } from '../api/index.ts';

/** All downloads that the peer lists, in its order. */
export const useDownloads = defineStore('downloads', () => {
  const api = useApi();
  const byId = shallowRef(new Map<DownloadId, DownloadView>());
  const isLoaded = shallowRef(false);

  async function load(): Promise<void> {
    const views = await api.query('downloads', {});
    byId.value = new Map(views.map((view) => [view.id, view]));
    isLoaded.value = true;
  }
  api.on('download.progress', (views) => {
    for (const view of views) byId.value.set(view.id, view);
    triggerRef(byId);
  });
  // Their last state, and that a cancelled one is gone, is in the list.
  for (const event of ['download.done', 'download.failed'] as const) api.on(event, () => void load().catch(() => {}));

  const list = computed(() => [...byId.value.values()]);
  const running = computed(() => list.value.filter(({ state }) => state !== 'done' && state !== 'failed').length);
  const byHash = computed(
    () =>
      new Map<ContentHash, DownloadView>(list.value.flatMap((view) => (view.hash === null ? [] : [[view.hash, view]]))),
  );
  return { list, byId, byHash, running, isLoaded, load };
});
