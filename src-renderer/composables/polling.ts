import { useDocumentVisibility, useTimeoutFn } from '@vueuse/core';
import { watch } from 'vue';

/** Calls `look` at once and `everyMs` after each end, while the page can be seen. Failures are for the next look. */
export function usePolling(look: () => Promise<unknown>, everyMs: number): { readonly again: () => void } {
  const visibility = useDocumentVisibility();
  const { start, stop } = useTimeoutFn(() => void once(), everyMs, { immediate: false });
  let isLooking = false;
  async function once(): Promise<void> {
    if (isLooking || visibility.value === 'hidden') return;
    isLooking = true;
    await look().catch(() => undefined);
    isLooking = false;
    start();
  }
  watch(visibility, () => void once());
  void once();
  return {
    again: () => {
      stop();
      void once();
    },
  };
}
