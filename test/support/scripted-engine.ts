import type {
  CommandName,
  CommandOutputs,
  EngineApi,
  EventName,
  Events,
  QueryName,
  QueryOutputs,
} from '../../src-main/contract/api.ts';

type Reply<T> = T | (() => T | Promise<T>);
type Script = {
  readonly commands?: { readonly [N in CommandName]?: Reply<CommandOutputs[N]> };
  readonly queries?: { readonly [N in QueryName]?: Reply<QueryOutputs[N]> };
};
type Call = { readonly name: string; readonly input: unknown };

/** Answers as it was told: for tests of how arguments are read, carried and printed. Never for tests of a peer. */
export class ScriptedEngine implements EngineApi {
  readonly calls: Call[] = [];
  readonly #script: Script;
  readonly #listeners = new Map<EventName, Set<(event: never) => void>>();

  constructor(script: Script = {}) {
    this.#script = script;
  }

  command<N extends CommandName>(name: N, input: unknown): Promise<CommandOutputs[N]> {
    return this.#answer(name, input, this.#script.commands?.[name]) as Promise<CommandOutputs[N]>;
  }

  query<N extends QueryName>(name: N, input: unknown): Promise<QueryOutputs[N]> {
    return this.#answer(name, input, this.#script.queries?.[name]) as Promise<QueryOutputs[N]>;
  }

  on<N extends EventName>(name: N, listener: (event: Events[N]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit<N extends EventName>(name: N, event: Events[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never);
  }

  get listenerCount(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  async #answer(name: string, input: unknown, reply: unknown): Promise<unknown> {
    this.calls.push({ name, input });
    if (reply === undefined) throw new Error(`the script has no answer to ${name}`);
    return typeof reply === 'function' ? reply() : reply;
  }
}
