import { refDebounced, useThrottleFn } from '@vueuse/core';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { SharedFileView } from '#contract/outputs.ts';
import type { SharedFileOrder } from '#contract/shared-files.ts';
import { useApi } from '../../api/index.ts';
import { useAttempt } from '../../composables/attempt.ts';
import { useStatus } from '../../stores/status.ts';

const PAGE = 500;
/** The most that the peer gives at once. */
const MAX_PAGE = 10_000;
const TYPING_MS = 200;
/** While files are hashed, new ones are looked for this often. */
const REFRESH_MS = 2000;
/** A longer list is not loaded anew before all is read. */
const MAX_LIVE_ROWS = 2000;

/** The shared files as far as they were scrolled to, in one order, with the words that are looked for. */
export function useSharedFiles() {
  const api = useApi();
  const attempt = useAttempt();
  const words = ref('');
  const asked = refDebounced(words, TYPING_MS);
  const order = ref<SharedFileOrder>('name');
  const files = shallowRef<readonly SharedFileView[]>([]);
  const next = shallowRef<string | null>(null);
  const isLoaded = shallowRef(false);
  /** Answers to what was asked before are thrown away. */
  let turn = 0;
  let isAsking = false;

  const page = (after: string | null, limit: number) =>
    api.query('shares.files', {
      order: order.value,
      limit,
      ...(asked.value.trim() === '' ? {} : { words: asked.value }),
      ...(after === null ? {} : { after }),
    });

  /** Asks anew for at least `wanted` files from the beginning. */
  async function load(wanted: number): Promise<void> {
    const mine = ++turn;
    const rows: SharedFileView[] = [];
    let after: string | null = null;
    do {
      const answer = await page(after, Math.min(MAX_PAGE, Math.max(PAGE, wanted - rows.length)));
      if (mine !== turn) return;
      rows.push(...answer.files);
      after = answer.next;
    } while (after !== null && rows.length < wanted);
    files.value = rows;
    next.value = after;
    isLoaded.value = true;
  }
  async function more(): Promise<void> {
    if (next.value === null || isAsking) return;
    isAsking = true;
    const mine = turn;
    const answer = await attempt(() => page(next.value, PAGE));
    isAsking = false;
    if (!answer || mine !== turn) return;
    files.value = [...files.value, ...answer.files];
    next.value = answer.next;
  }
  const refresh = (): void => void load(files.value.length).catch(() => undefined);
  const refreshNow = useThrottleFn(() => void (files.value.length <= MAX_LIVE_ROWS && refresh()), REFRESH_MS, true);

  watch([asked, order], () => void attempt(() => load(PAGE)), { immediate: true });
  watch(api.connection, (connection) => connection === 'open' && refresh());
  // Of a file that is shared without being read again, only the sums tell.
  const status = useStatus();
  let isWorking = false;
  watch(
    () => `${status.status?.files} ${status.status?.bytes}`,
    () => (isWorking ? void refreshNow() : refresh()),
  );
  const stops = [
    api.on('library', refresh),
    api.on('library.progress', (events) => {
      isWorking = events.at(-1)?.state !== 'idle';
      if (isWorking) void refreshNow();
      else refresh();
    }),
  ];
  onScopeDispose(() => {
    turn++;
    for (const stop of stops) stop();
  });
  return {
    words,
    order,
    files,
    isLoaded,
    hasMore: computed(() => next.value !== null),
    isFiltered: computed(() => asked.value.trim() !== ''),
    more,
    refresh,
  };
}
