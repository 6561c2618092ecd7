import type { PeerTarget } from '../../../src-main/contract/address.ts';

/** What the benchmark tells the process that plays children and neighbours, each answered by `LoadAnswer`. */
export type LoadRequest =
  | { readonly type: 'join'; readonly to: PeerTarget; readonly crowd: Crowd }
  | ({ readonly type: 'run' } & Rates);

export type Crowd = {
  readonly children: number;
  readonly filesEach: number;
  readonly neighbours: number;
  readonly seed: number;
};
/** Asks of neighbours and searches of children, evenly spread over the time. */
export type Rates = { readonly seconds: number; readonly asksPerSecond: number; readonly searchesPerSecond: number };

/** Times are those of whoever asked, its own waiting for a processor among them. */
export type LoadFigures = {
  readonly answeredPerSecond: number;
  /** Of 100 asks; never answered counts as refused. */
  readonly refusedPercent: number;
  readonly askMsP50: number;
  readonly askMsP99: number;
  readonly answerKB: number;
  readonly searchesPerSecond: number;
  readonly searchMsP50: number;
  /** Neighbours asked for one search, and what came of it, in the mean. */
  readonly askedPerSearch: number;
  readonly resultsPerSearch: number;
  /** Of one core, of the process that plays. */
  readonly loadCorePercent: number;
};

export type LoadAnswer =
  | { readonly type: 'joined' }
  | { readonly type: 'ran'; readonly figures: LoadFigures }
  | { readonly type: 'failed'; readonly why: string };
