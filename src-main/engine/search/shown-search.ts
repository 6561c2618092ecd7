import type { EventName, Events } from '../../contract/api.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { SearchView } from '../../contract/outputs.ts';
import type { SearchEndReason, SearchResult } from '../../contract/search.ts';
import type { ClientSearchSink, ClientSearchSpec, ClientWave } from './client-search.ts';
import type { RowDeps } from './result-row.ts';
import { type NamedHits, type ResultPage, ResultSet } from './result-set.ts';

type ShownSearchDeps = RowDeps & {
  readonly emit: <N extends EventName>(name: N, event: Events[N]) => void;
  /** The search ended; told before the face is. */
  readonly ended: () => void;
};

/** What the user sees of a search: events while it runs, and its state and results for a face that comes later. */
export class ShownSearch implements ClientSearchSink {
  readonly #spec: ClientSearchSpec;
  readonly #deps: ShownSearchDeps;
  readonly #results: ResultSet;
  /** Files that the user blocks, left out. */
  blocked = 0;
  #lastWave: ClientWave | undefined;
  #end: { readonly reason: SearchEndReason; readonly error: ErrorCode | undefined } | undefined;

  constructor(spec: ClientSearchSpec, deps: ShownSearchDeps) {
    this.#spec = spec;
    this.#deps = deps;
    this.#results = new ResultSet(deps);
  }

  /** Kept, whether shown or not. */
  get rows(): number {
    return this.#results.size;
  }

  count(): number {
    return this.#results.count;
  }

  hits(named: NamedHits): void {
    for (const result of this.#results.add(named)) this.#deps.emit('search.hit', { id: this.#spec.id, result });
  }

  wave(report: ClientWave): void {
    this.#lastWave = report;
    this.#deps.emit('search.wave', { id: this.#spec.id, ...report });
  }

  end(reason: SearchEndReason, error?: ErrorCode): void {
    const { emit, ended } = this.#deps;
    const { id } = this.#spec;
    this.#end = { reason, error };
    ended();
    for (const result of this.#results.settle()) emit('search.hit', { id, result });
    emit('search.end', {
      ...{ id, reason, results: this.#results.count },
      ...(this.blocked > 0 ? { blocked: this.blocked } : {}),
      ...(error === undefined ? {} : { error }),
    });
  }

  /** People say something else of a file. */
  reconsider(file: Pick<SearchResult, 'hash' | 'size'>): void {
    const result = this.#results.reconsider(file);
    if (result) this.#deps.emit('search.hit', { id: this.#spec.id, result });
  }

  view(isRunning: boolean): SearchView {
    const { id, words = null, hash = null } = this.#spec;
    const end = isRunning ? undefined : this.#end;
    return {
      id,
      words,
      hash,
      state: isRunning ? 'running' : 'ended',
      reason: end?.reason ?? null,
      error: end?.error ?? null,
      wave: this.#lastWave?.wave ?? null,
      asked: this.#lastWave?.askedTotal ?? 0,
      results: this.#results.count,
      blocked: this.blocked,
    };
  }

  page(after: number, limit: number): ResultPage {
    return this.#results.page(after, limit);
  }
}
