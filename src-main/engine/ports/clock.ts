/** Time as a port, so that a network of engines can run on a virtual clock. */
export interface Clock {
  /** Milliseconds that only ever grow; every decision rests on these. */
  monotonicMs(): number;
  /** Unix milliseconds, for showing, for file names and for what the user wants at an hour. */
  wallMs(): number;
  /** By how much the local time of this machine is ahead of UTC now. */
  utcOffsetMs(): number;
  /** Calls `task` once after `delayMs`. A pending timer must not keep the host process alive. */
  setTimer(delayMs: number, task: () => void): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Timer {
  cancel(): void;
}
