import type { Source } from './source.ts';

/** A source is slow that sends less than this share of what the fastest one sends, */
const SHARE_OF_FASTEST = 1 / 16;
/** or less than this, bytes a second: a chunk in four minutes. */
const MIN_BPS = 4 * 1024;
/** For so long without a break: AirDC++ gives a source 40 s, but has no others at hand. */
const PATIENCE_MS = 20_000;
/** The slowest gives way to one that was never tried this often, as fast as it may be: all at work may be slow alike (BitTorrent's optimistic unchoke). */
const TRY_MS = 30_000;

/** Finds the source that gives up its place: those that are slow, on purpose perhaps, must not keep out those that wait for a place. */
export class SlowSources {
  /** Since when each has been at work, and slow. */
  readonly #activeMs = new Map<Source, number>();
  readonly #slowMs = new Map<Source, number>();
  #triedMs = Number.NEGATIVE_INFINITY;

  /** To be called again and again; `waiting` could start now. */
  toReplace(atWork: readonly Source[], waiting: readonly Source[], nowMs: number): Source | undefined {
    const active = atWork.filter(({ state }) => state === 'active');
    const fastest = Math.max(0, ...active.map(({ rateBps }) => rateBps));
    const slow = active.filter(({ rateBps }) => rateBps < Math.max(MIN_BPS, fastest * SHARE_OF_FASTEST));
    note(this.#activeMs, active, nowMs);
    note(this.#slowMs, slow, nowMs);
    const slowest = slowestOf(this.#slowMs, nowMs - PATIENCE_MS);
    // Those that gave way before come back when a place is free.
    const others = waiting.filter(({ reason }) => reason !== 'content.slow');
    const isUntried = ({ rateBps }: Source) => rateBps === 0;
    const isBetter = (source: Source) => isUntried(source) || source.rateBps > 2 * (slowest?.rateBps ?? 0);
    if (slowest && others.some(isBetter)) return slowest;
    if (nowMs - this.#triedMs < TRY_MS || !others.some(isUntried)) return undefined;
    const last = slowestOf(this.#activeMs, nowMs - PATIENCE_MS);
    if (last) this.#triedMs = nowMs;
    return last;
  }
}

/** Keeps since when each of `now` has belonged to them. */
export function note(since: Map<Source, number>, now: readonly Source[], nowMs: number): void {
  for (const source of since.keys()) if (!now.includes(source)) since.delete(source);
  for (const source of now) if (!since.has(source)) since.set(source, nowMs);
}

/** Of those that have belonged to them since then. */
function slowestOf(since: ReadonlyMap<Source, number>, latestMs: number): Source | undefined {
  const old = [...since].flatMap(([source, sinceMs]) => (sinceMs <= latestMs ? [source] : []));
  return old.sort((a, b) => a.rateBps - b.rateBps)[0];
}
