import { computed, onScopeDispose, shallowRef } from 'vue';
import type { LibraryProgressView } from '#contract/outputs.ts';
import { useApi } from '../../api/index.ts';

/** How far scanning and hashing have come. `whole`: bytes to hash since work began, as far as they are known. */
export function useLibraryProgress() {
  const api = useApi();
  const view = shallowRef<LibraryProgressView>();
  const whole = shallowRef(0);
  function take(next: LibraryProgressView | undefined): void {
    if (!next) return;
    view.value = next;
    whole.value = next.state === 'idle' ? 0 : Math.max(whole.value, next.bytesLeft);
  }
  onScopeDispose(api.on('library.progress', (events) => take(events.at(-1))));
  void api.query('library.progress', {}).then(take, () => undefined);
  return {
    view,
    whole,
    done: computed(() => whole.value - (view.value?.bytesLeft ?? 0)),
    isWorking: computed(() => view.value !== undefined && view.value.state !== 'idle'),
  };
}
