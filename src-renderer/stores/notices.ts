import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

export type Notice = {
  readonly id: number;
  readonly kind: 'info' | 'error';
  readonly text: string;
  /** Until the user closes it. */
  readonly stays?: true;
  readonly action?: { readonly label: string; readonly run: () => void };
};

/** More at once would cover the page; the oldest goes. */
const MAX_NOTICES = 4;

/** Short messages to the user, until they are closed or their time is over. */
export const useNotices = defineStore('notices', () => {
  const notices = shallowRef<readonly Notice[]>([]);
  let nextId = 1;

  function show(notice: Omit<Notice, 'id'>): void {
    const same = notices.value.filter(({ text }) => text !== notice.text);
    notices.value = [...same, { id: nextId++, ...notice }].slice(-MAX_NOTICES);
  }
  function close(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }
  return { notices, show, close };
});
