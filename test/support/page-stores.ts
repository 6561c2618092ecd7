import { createPinia } from 'pinia';
import { createApp, shallowRef } from 'vue';
import type { EventName, Events } from '../../src-main/contract/api.ts';
import { API, type PageApi } from '../../src-renderer/api/page-api.ts';

type Answer = (input: never) => unknown;
/** What the peer answers, by the name of a command or query; what throws is refused. */
export type Answers = Readonly<Record<string, Answer>>;

/** A page's stores before a peer that says what the test wants. */
export function scriptPage(answers: Answers) {
  const asked: { readonly name: string; readonly input: unknown }[] = [];
  const listeners = new Map<string, Set<(events: readonly never[]) => void>>();
  const ask = async (name: string, input: unknown): Promise<never> => {
    asked.push({ name, input });
    const answer = answers[name];
    if (!answer) throw new Error(`the test answers nothing to ${name}`);
    return (await answer(input as never)) as never;
  };
  const connection = shallowRef<PageApi['connection']['value']>('open');
  const api: PageApi = {
    kind: 'web',
    connection,
    shell: null,
    command: ask,
    query: ask,
    on(name, listener) {
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener as never));
      return () => void all.delete(listener as never);
    },
    mediaUrl: () => '',
  };
  const pinia = createPinia();
  createApp({}).provide(API, api).use(pinia);
  return {
    pinia,
    connection,
    asked,
    announce: <N extends EventName>(name: N, events: readonly Events[N][]) => {
      for (const listener of listeners.get(name) ?? []) listener(events as readonly never[]);
    },
  };
}
