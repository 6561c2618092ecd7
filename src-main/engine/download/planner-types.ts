/** The chunks that a source holds: all of them when undefined. */
export type ChunksHeld = { has(chunk: number): boolean } | undefined;

/** A source as the planner sees it. The fields are read at every call, so that the owner may keep them current. */
export interface PlannedSource {
  readonly id: string;
  readonly chunks: ChunksHeld;
  /** A source of higher priority may take work over from one of lower priority however fast that one is. */
  readonly priority: number;
  /** Measured, bytes a second; 0 = not known yet. */
  readonly rateBps: number;
  /** It can only send the file from its beginning. */
  readonly sendsWhole?: boolean;
  /** The most to ask of it at once; undefined: as of all. */
  readonly runMaxBytes?: number | undefined;
}

/**
 * A run of chunks asked from one source with one request: chunks `from` to `to` (exclusive). `next` is the chunk whose bytes come now.
 * `to` shrinks when another source takes over the tail: the owner must stop reading there.
 */
export type Run = {
  readonly source: PlannedSource;
  readonly from: number;
  readonly asked: number;
  to: number;
  next: number;
};

/** A run and how many chunks its source sends before it comes to its first. */
export type WaitingRun = { readonly run: Run; readonly ahead: number };

/** What to do for a source that could take more work. `cut` names the runs of others that became shorter by it; `last`: no other work will follow. */
export type Assignment = { readonly run: Run; readonly cut: readonly Run[]; readonly last: boolean };

export type PlannerLimits = {
  /** A run should last about this long at the measured speed. */
  readonly runMs: number;
  readonly runMaxBytes: number;
};
