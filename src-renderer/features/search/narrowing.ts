import { computed, ref, shallowRef } from 'vue';
import type { SearchResult } from '#contract/search.ts';
import { type Choice, type Facet, FacetIndex } from './facets.ts';

/** A list of results narrowed down by what is typed and by the groups that are chosen. `all` must be a new value at each change. */
export function useNarrowing(all: () => { readonly rows: ReadonlyMap<string, SearchResult> }) {
  const index = new FacetIndex();
  const typed = ref('');
  const choice = shallowRef<Choice>({});
  const withHidden = ref(false);
  const words = computed(() => typed.value.toLowerCase().split(/\s+/).filter(Boolean));
  const narrowed = computed(() =>
    index.narrow(all().rows.values(), { choice: choice.value, words: words.value, withHidden: withHidden.value }),
  );

  function toggle(facet: Facet, value: string): void {
    const next = new Set(choice.value[facet]);
    if (!next.delete(value)) next.add(value);
    choice.value = { ...choice.value, [facet]: next };
  }
  return {
    typed,
    choice,
    withHidden,
    hidden: computed(() => narrowed.value.hidden),
    rows: computed(() => narrowed.value.rows),
    counts: computed(() => narrowed.value.counts),
    isNarrowed: computed(() => words.value.length > 0 || Object.values(choice.value).some((groups) => groups.size > 0)),
    toggle,
    clear: (): void => {
      typed.value = '';
      choice.value = {};
    },
  };
}
export type Narrowing = ReturnType<typeof useNarrowing>;
