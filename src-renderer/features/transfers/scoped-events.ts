import { onScopeDispose } from 'vue';
import type { EventName } from '#contract/api.ts';
import { useApi } from '../../api/index.ts';

/** Calls `listener` at such events while the caller's scope lives. */
export function useScopedEvents(names: readonly EventName[], listener: () => void): void {
  const api = useApi();
  for (const name of names) onScopeDispose(api.on(name, listener));
}
