import { onBeforeUnmount, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue';

/** Calls `run` when the next frame was drawn; gives what takes that back. */
function afterPaint(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => (timer = setTimeout(run)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/**
 * The same value, a frame later, `first` before that: what is looked at second does not hold up what is looked at first, and neither
 * costs more than a frame or two.
 */
export function useAfterPaint<T>(value: () => T, first: T): ShallowRef<T> {
  const shown = shallowRef(first) as ShallowRef<T>;
  let cancel: (() => void) | undefined;
  const follow = () => {
    cancel = undefined;
    shown.value = value();
  };
  watch(
    value,
    () => {
      cancel ??= afterPaint(follow);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => cancel?.());
  return shown;
}

/** The same number, but for growth: that comes `step` at a time, a frame each. */
export function useGrowth(value: () => number, step: number): Ref<number> {
  const grown = ref(0);
  let cancel: (() => void) | undefined;
  const grow = () => {
    cancel = undefined;
    grown.value = Math.min(value(), grown.value + step);
    if (grown.value < value()) cancel = afterPaint(grow);
  };
  watch(value, () => cancel ?? grow(), { immediate: true });
  onBeforeUnmount(() => cancel?.());
  return grown;
}
