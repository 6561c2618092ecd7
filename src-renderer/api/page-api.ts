import type { InjectionKey, Ref } from 'vue';
import type {
  CommandInput,
  CommandName,
  CommandOutputs,
  EventName,
  Events,
  QueryInput,
  QueryName,
  QueryOutputs,
} from '#contract/api.ts';
import type { MediaRequest } from '#contract/media.ts';

/** `denied`: this browser is not known to the peer. `lost`: the peer does not answer; it is tried again. */
export type Connection = 'connecting' | 'open' | 'denied' | 'lost';

/** What a window can do that a browser cannot. */
export interface PageShell {
  readonly platform: string;
  chooseFolder(): Promise<string | null>;
  pathOfDropped(file: File): string;
  openFile(target: MediaRequest): Promise<'opened' | 'revealed'>;
  reveal(target: MediaRequest): Promise<unknown>;
  startDrag(target: MediaRequest): Promise<unknown>;
}

/** The peer, as the page sees it. Calls fail with AppError. */
export interface PageApi {
  readonly kind: 'window' | 'web';
  readonly connection: Readonly<Ref<Connection>>;
  /** Null in a browser. */
  readonly shell: PageShell | null;
  command<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandOutputs[N]>;
  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutputs[N]>;
  /** Calls `listener` with all such events of a batch, in their order, until the returned function is called. */
  on<N extends EventName>(name: N, listener: (events: readonly Events[N][]) => void): () => void;
  /** Where a file can be shown from. */
  mediaUrl(request: MediaRequest): string;
}

export const API: InjectionKey<PageApi> = Symbol('api');
