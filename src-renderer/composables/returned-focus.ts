import { nextTick, watch } from 'vue';

/** When what `isOpen` tells of closes, the focus is again where it was before, if that is still there; then comes `returned`. */
export function useReturnedFocus(isOpen: () => boolean, returned?: () => void): void {
  let before: Element | null = null;
  watch(isOpen, async (open) => {
    if (open) {
      before = document.activeElement;
      return;
    }
    await nextTick();
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    before = null;
    returned?.();
  });
}
