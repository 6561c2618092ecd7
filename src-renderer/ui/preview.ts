import { onScopeDispose, readonly, shallowRef, watch } from 'vue';
import { toAppError } from '#contract/errors.ts';
import type { MediaRequest } from '#contract/media.ts';
import type { PageApi } from '../api/index.ts';
import { askWhy, kindOf, type PreviewState } from './preview-state.ts';

/** Finds out how the wanted file can be shown, waiting for its beginning; nothing is asked any more when nothing is wanted. */
export function usePreview(api: PageApi, wanted: () => MediaRequest | null) {
  const state = shallowRef<PreviewState>({ state: 'closed' });
  let over = new AbortController();

  async function look(request: MediaRequest, signal: AbortSignal): Promise<void> {
    const set = (next: PreviewState) => {
      if (!signal.aborted) state.value = next;
    };
    set({ state: 'asking' });
    while (!signal.aborted) {
      const { type } = await api.query('media.type', request);
      if (type) return set({ state: 'shown', kind: kindOf(type) });
      set({ state: 'waiting' });
      // Answers when the beginning is here, or after half a minute.
      const error = await askWhy(api.mediaUrl(request), signal);
      if (error && error.code !== 'media.not-yet') return set({ state: 'failed', error });
    }
  }
  function begin(request: MediaRequest | null): void {
    over.abort();
    over = new AbortController();
    const { signal } = over;
    if (!request) {
      state.value = { state: 'closed' };
      return;
    }
    look(request, signal).catch((thrown: unknown) => {
      if (!signal.aborted) state.value = { state: 'failed', error: toAppError(thrown).toValue() };
    });
  }
  /** An element could not show the file: the peer knows why, or it is the file's fault. */
  async function failed(): Promise<void> {
    const request = wanted();
    const { signal } = over;
    if (!request || signal.aborted) return;
    const error = await askWhy(api.mediaUrl(request), signal).catch((thrown: unknown) => toAppError(thrown).toValue());
    if (!signal.aborted) state.value = error ? { state: 'failed', error } : { state: 'element' };
  }

  watch(wanted, begin, { immediate: true });
  onScopeDispose(() => over.abort());
  return { state: readonly(state), again: () => begin(wanted()), failed };
}
