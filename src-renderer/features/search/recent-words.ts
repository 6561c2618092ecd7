import { shallowRef } from 'vue';

const KEY = 'shoal.recent-searches';
const MOST = 12;
const MAX_LENGTH = 200;

/** What was searched for in this browser, newest first; kept by it alone. Nothing where it keeps nothing. */
export function useRecentWords(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = localStorage) {
  const recent = shallowRef<readonly string[]>(read(storage));

  function add(words: string): void {
    recent.value = [words, ...recent.value.filter((one) => one !== words)].slice(0, MOST);
    quietly(() => storage.setItem(KEY, JSON.stringify(recent.value)));
  }
  function clear(): void {
    recent.value = [];
    quietly(() => storage.removeItem(KEY));
  }
  return { recent, add, clear };
}

function read(storage: Pick<Storage, 'getItem'>): readonly string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter((one) => typeof one === 'string' && one.length <= MAX_LENGTH).slice(0, MOST);
  } catch {
    // Written by something else: there is nothing to remember.
    return [];
  }
}

function quietly(task: () => void): void {
  try {
    task();
  } catch {
    // The browser keeps nothing for this page: the words are remembered until it is closed.
  }
}
