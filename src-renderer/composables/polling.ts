import { useDocumentVisibility, useTimeoutFn } from '@vueuse/core';
import { onScopeDispose, watch } from 'vue';

/** Calls `look` at once and `everyMs` after each end, while the page can be seen. Failures are for the next look. */
export function usePolling(look: () => Promise<unknown>, everyMs: number): { readonly again: () => void } {
  const visibility = useDocumentVisibility();
  const { start, stop } = useTimeoutFn(() => void once(), everyMs, { immediate: false });
  let isLooking = false;
  // A look that ends after its page was left would begin the next one.
  let isOver = false;
  onScopeDispose(() => {
    isOver = true;
  });
  async function once(): Promise<void> {
    if (isLooking || isOver || visibility.value === 'hidden') return;
    isLooking = true;
    await look().catch(() => undefined);
    isLooking = false;
    if (!isOver) start();
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
