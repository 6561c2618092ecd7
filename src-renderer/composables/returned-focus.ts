import { nextTick, watch } from 'vue';

/** When what `isOpen` tells of closes, the focus is again where it was before, if that is still there. */
export function useReturnedFocus(isOpen: () => boolean): void {
  let before: Element | null = null;
  watch(isOpen, async (open) => {
    if (open) {
      before = document.activeElement;
      return;
    }
    await nextTick();
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    before = null;
  });
}
