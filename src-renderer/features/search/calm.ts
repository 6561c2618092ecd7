import { useThrottleFn } from '@vueuse/core';
import { type ShallowRef, shallowRef, watch } from 'vue';

/** Above this many results, a change is shown later: to narrow, sort and draw them takes some frames each time. */
const MANY_ROWS = 500;
const CALM_MS = 400;
/** What that takes grows with them: its share of the time does not. */
const CALM_MS_PER_ROW = 0.02;

/** How long a change of so many results may wait, ms. */
const calmMs = (rows: number): number => (rows > MANY_ROWS ? Math.max(CALM_MS, CALM_MS_PER_ROW * rows) : 0);

/** The same value, which follows at once while it is small and less often when it is large. */
export function useCalm<T extends { readonly rows: ReadonlyMap<string, unknown> }>(value: () => T): ShallowRef<T> {
  const shown = shallowRef(value()) as ShallowRef<T>;
  const follow = useThrottleFn(
    () => {
      shown.value = value();
    },
    () => calmMs(value().rows.size),
    true,
  );
  watch(value, () => void follow());
  return shown;
}
