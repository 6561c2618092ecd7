import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { StatusView } from '#contract/outputs.ts';
import { useApi } from '../api/index.ts';
import { usePolling } from '../composables/polling.ts';

const EVERY_MS = 1000;

/** What the peer is and does, a second old at most while the page is seen. */
export const useStatus = defineStore('status', () => {
  const api = useApi();
  const status = shallowRef<StatusView>();
  const { again } = usePolling(async () => {
    status.value = await api.query('status', {});
  }, EVERY_MS);
  for (const event of ['parent', 'role', 'library'] as const) api.on(event, again);
  return { status, again };
});
