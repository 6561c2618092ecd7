/** A limit binds when so much of it is used: more is not asked for because of it. */
const BOUND_SHARE = 0.85;
/** Steps of one forecast; whatever ends after so many is too far away to be told. */
const MAX_STEPS = 2000;

/** Bytes that will come from some sources of one download, from a time on. */
export type Inflow = { readonly afterMs: number; readonly rateBps: number };

/** A download, as far as it decides when it and others end. */
export type TimedDownload = {
  readonly leftBytes: number;
  /** Empty: nobody knows when any bytes will come. */
  readonly inflows: readonly Inflow[];
  /** Of this one alone, bytes a second; 0 = none. */
  readonly limitBps: number;
  readonly hasTurn: boolean;
};

export type Line = {
  /** In the order of their turns. */
  readonly downloads: readonly TimedDownload[];
  /** How many run at once. */
  readonly running: number;
  /** Of all together, bytes a second; 0 = none. */
  readonly limitBps: number;
};

type Job = { readonly index: number; readonly download: TimedDownload; left: number };

/**
 * Milliseconds until each download ends, as water would flow: each takes what its sources give, all together no more than the limit, and
 * who ends makes room for the next. Null for one of which nothing can be said.
 */
export function timesLeft({ downloads, running, limitBps }: Line): (number | null)[] {
  const ends = downloads.map((): number | null => null);
  const jobs = downloads.map((download, index): Job => ({ index, download, left: download.leftBytes }));
  const active = jobs.filter(({ download }) => download.hasTurn);
  const waiting = jobs.filter(({ download }) => !download.hasTurn);
  const isBound = limitBps > 0 && sumOf(active.map(({ download }) => demandOf(download, 0))) >= BOUND_SHARE * limitBps;
  let nowMs = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    while (active.length < running && waiting.length > 0) active.push(...waiting.splice(0, 1));
    const rates = shareOut(active, nowMs, { limitBps, isBound });
    const stepMs = Math.min(
      ...active.map(({ left }, at) => (1000 * left) / (rates[at] ?? 0)),
      ...active.map(({ download }) => nextInflowMs(download, nowMs) - nowMs),
    );
    if (!Number.isFinite(stepMs)) break;
    nowMs += stepMs;
    for (const [at, job] of active.entries()) job.left -= ((rates[at] ?? 0) * stepMs) / 1000;
    // A byte is what rounding leaves.
    for (const job of active.filter(({ left }) => left < 1)) {
      ends[job.index] = nowMs;
      active.splice(active.indexOf(job), 1);
    }
    if (active.length === 0 && waiting.length === 0) break;
  }
  return ends;
}

function shareOut(
  active: readonly Job[],
  nowMs: number,
  { limitBps, isBound }: { readonly limitBps: number; readonly isBound: boolean },
): readonly number[] {
  const demands = active.map(({ download }) => demandOf(download, nowMs));
  const wanted = sumOf(demands);
  if (limitBps === 0 || wanted === 0 || (wanted <= limitBps && !isBound)) return demands;
  // What was measured under a limit says how the rest is shared, not how much more there would be.
  return demands.map((demand) => (demand * limitBps) / wanted);
}

function demandOf({ inflows, limitBps }: TimedDownload, nowMs: number): number {
  const offered = sumOf(inflows.map(({ afterMs, rateBps }) => (afterMs <= nowMs ? rateBps : 0)));
  return limitBps > 0 && offered >= BOUND_SHARE * limitBps ? limitBps : offered;
}

function nextInflowMs({ inflows }: TimedDownload, nowMs: number): number {
  return Math.min(...inflows.map(({ afterMs }) => (afterMs > nowMs ? afterMs : Number.POSITIVE_INFINITY)));
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
