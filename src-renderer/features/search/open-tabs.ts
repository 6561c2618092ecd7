import { computed } from 'vue';
import { useAttempt } from '../../composables/attempt.ts';
import { useSearches } from '../../stores/searches.ts';
import { useBrowses } from './browses.ts';

/** A tab of the page as its strip shows it. */
export type OpenTab = {
  readonly key: string;
  readonly name: string;
  readonly kind: 'search' | 'browse';
  readonly isRunning: boolean;
  readonly isCurrent: boolean;
  readonly show: () => void;
  readonly close: () => void;
};

/** Searches and lists of peers, side by side; a list that is shown hides the search that was. */
export function useOpenTabs() {
  const searches = useSearches();
  const browses = useBrowses();
  const attempt = useAttempt();

  const tabs = computed<readonly OpenTab[]>(() => [
    ...searches.tabs.map(({ id, words, state }) => ({
      ...{ key: id, name: words, kind: 'search' as const, isRunning: state === 'running' },
      isCurrent: browses.current === undefined && searches.currentId === id,
      show: () => {
        browses.show(undefined);
        searches.show(id);
      },
      close: () => void attempt(() => searches.close(id)),
    })),
    ...browses.tabs.map(({ target, title, state }) => ({
      ...{ key: target, name: title, kind: 'browse' as const, isRunning: state === 'loading' },
      isCurrent: browses.currentTarget === target,
      show: () => browses.show(target),
      close: () => browses.close(target),
    })),
  ]);
  function showNone(): void {
    browses.show(undefined);
    searches.show(undefined);
  }
  return { tabs, current: computed(() => tabs.value.find(({ isCurrent }) => isCurrent)), showNone };
}
