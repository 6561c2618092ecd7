import { useThrottleFn } from '@vueuse/core';
import { type ShallowRef, shallowRef, watch } from 'vue';

/** Above this many results, a change is shown this much later at most: to narrow, sort and draw them takes some frames each time. */
const MANY_ROWS = 500;
const CALM_MS = 400;

/** The same value, which follows at once while it is small and less often when it is large. */
export function useCalm<T extends { readonly rows: ReadonlyMap<string, unknown> }>(value: () => T): ShallowRef<T> {
  const shown = shallowRef(value()) as ShallowRef<T>;
  const follow = useThrottleFn(
    () => {
      shown.value = value();
    },
    () => (value().rows.size > MANY_ROWS ? CALM_MS : 0),
    true,
  );
  watch(value, () => void follow());
  return shown;
}
