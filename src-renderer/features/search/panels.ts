import { defineStore } from 'pinia';
import { ref } from 'vue';

/** Which panels stand beside the results; the same for all tabs. */
export const usePanels = defineStore('search-panels', () => ({ hasFacets: ref(true), hasDetails: ref(true) }));
