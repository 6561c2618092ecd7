import { onScopeDispose, shallowRef, watch } from 'vue';
import type { ShareView } from '#contract/outputs.ts';
import { useApi } from '../../api/index.ts';
import { usePolling } from '../../composables/polling.ts';

/** Folders come and go with their disks, of which no event tells. */
const EVERY_MS = 5000;

/** The shared folders, and the files in them that the user keeps back. */
export function useFolders() {
  const api = useApi();
  const folders = shallowRef<readonly ShareView[]>([]);
  const hidden = shallowRef<readonly string[]>([]);
  const isLoaded = shallowRef(false);
  const { again } = usePolling(async () => {
    [folders.value, hidden.value] = await Promise.all([api.query('shares', {}), api.query('shares.hidden', {})]);
    isLoaded.value = true;
  }, EVERY_MS);
  watch(api.connection, again);
  onScopeDispose(api.on('library', again));
  return { folders, hidden, isLoaded, again };
}
