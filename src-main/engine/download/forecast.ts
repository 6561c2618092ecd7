import type { DownloadId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SourceId } from '../../contract/web-url.ts';
import type { Clock } from '../ports/clock.ts';
import { setLast } from '../set-last.ts';
import type { StoredDownload } from '../store/download-store.ts';
import { isArriving, type Source } from './source.ts';
import { type Inflow, type TimedDownload, timesLeft } from './time-left.ts';

/** What was said holds so long: a list of many is not reckoned anew for each report. */
const HOLDS_MS = 200;
/** Of those that wait, so many from the first are told when they end; nobody waits for more. */
const MAX_TOLD = 200;
/** Sources whose rate is remembered when they send nothing now. */
const MAX_RATES = 1000;
/** Below this nothing arrives, and a rate that fades away says nothing of an end. */
const LEAST_BPS = 16;

/** What the forecast looks at of a download. */
export interface Forecastable {
  readonly stored: StoredDownload;
  readonly mayRun: boolean;
  /** Wanted, and not waiting for a disk. */
  readonly isUnderWay: boolean;
  /** Bytes that did not come yet; undefined while the size is not known. */
  readonly leftBytes: number | undefined;
  readonly sources: readonly Source[];
}

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  /** In the order of their turns. */
  readonly downloads: () => readonly Forecastable[];
};

/** When each download will end, from what its sources send, what queues they said it stands in, and who comes before it. */
export class Forecast {
  readonly #deps: Deps;
  /** Bytes a second of those that sent something lately, to this or another download. */
  readonly #rates = new Map<SourceId, number>();
  /** What a download of this peer gets, as last seen. */
  #usualBps = 0;
  #ends = new Map<DownloadId, number>();
  #madeAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whole seconds; null when nothing can be said. */
  secondsLeft(id: DownloadId): number | null {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#madeAtMs >= HOLDS_MS) this.#make(nowMs);
    const endMs = this.#ends.get(id);
    return endMs === undefined ? null : Math.max(1, Math.round((endMs - nowMs) / 1000));
  }

  #make(nowMs: number): void {
    const { settings, downloads } = this.#deps;
    this.#madeAtMs = nowMs;
    const running: Forecastable[] = [];
    const waiting: Forecastable[] = [];
    for (const download of downloads()) {
      if (!download.isUnderWay || download.leftBytes === undefined) continue;
      if (download.mayRun) running.push(download);
      else if (waiting.length < MAX_TOLD) waiting.push(download);
    }
    this.#observe(running);
    const told = [...running, ...waiting];
    const line = told.map((download) => this.#timed(download, nowMs));
    const { 'download.running': places, 'download.rate': limitBps } = settings();
    const times = timesLeft({ downloads: line, running: places, limitBps });
    this.#ends = new Map();
    for (const [at, { stored }] of told.entries()) {
      const time = times[at] ?? null;
      if (time !== null) this.#ends.set(stored.id, nowMs + time);
    }
  }

  #observe(running: readonly Forecastable[]): void {
    const seen: number[] = [];
    for (const { sources } of running) {
      let sum = 0;
      for (const source of sources) {
        if (!isArriving(source) || source.rateBps < LEAST_BPS) continue;
        sum += source.rateBps;
        setLast(this.#rates, [source.id, source.rateBps], MAX_RATES);
      }
      if (sum > 0) seen.push(sum);
    }
    if (seen.length > 0) this.#usualBps = seen.reduce((sum, each) => sum + each, 0) / seen.length;
  }

  #timed({ stored, mayRun, leftBytes = 0, sources }: Forecastable, nowMs: number): TimedDownload {
    const settings = this.#deps.settings();
    const most = stored.maxSources ?? settings['download.sources'];
    const limitBps = stored.rateLimit || settings['download.rate-each'];
    const inflows = this.#inflows(sources, mayRun, nowMs);
    const best = inflows.sort((a, b) => a.afterMs - b.afterMs || b.rateBps - a.rateBps).slice(0, most);
    return { leftBytes, limitBps, hasTurn: mayRun, inflows: merge(best) };
  }

  #inflows(sources: readonly Source[], mayRun: boolean, nowMs: number): Inflow[] {
    const sending = sources.filter(isArriving).map(({ rateBps }) => rateBps);
    const current = sending.filter((rateBps) => rateBps >= LEAST_BPS);
    const inflows = current.map((rateBps): Inflow => ({ afterMs: 0, rateBps }));
    const mean = current.length > 0 ? current.reduce((sum, each) => sum + each, 0) / current.length : this.#usualBps;
    const rateOf = ({ id, rateBps }: Source) => (rateBps >= LEAST_BPS ? rateBps : (this.#rates.get(id) ?? mean));
    let hasReady = false;
    for (const source of sources) {
      const { state, queueEndMs, retryAtMs } = source;
      if (queueEndMs !== undefined && (state === 'queued' || state === 'connecting'))
        inflows.push({ afterMs: Math.max(0, queueEndMs - nowMs, retryAtMs - nowMs), rateBps: rateOf(source) });
      else if (state === 'untried' || state === 'connecting') {
        hasReady = true;
        const known = source.rateBps >= LEAST_BPS ? source.rateBps : this.#rates.get(source.id);
        if (known !== undefined) inflows.push({ afterMs: 0, rateBps: known });
      }
    }
    // Of those that were never seen at work, all together are taken for what a download usually gets.
    const isWaiting = !mayRun || sending.length === 0;
    if (isWaiting && hasReady && !inflows.some(({ afterMs }) => afterMs === 0))
      inflows.push({ afterMs: 0, rateBps: this.#usualBps });
    return inflows.filter(({ rateBps }) => rateBps > 0);
  }
}

/** What flows now as one. */
function merge(inflows: readonly Inflow[]): readonly Inflow[] {
  const later = inflows.filter(({ afterMs }) => afterMs > 0);
  const rateBps = inflows.reduce((sum, inflow) => sum + (inflow.afterMs > 0 ? 0 : inflow.rateBps), 0);
  return rateBps > 0 ? [{ afterMs: 0, rateBps }, ...later] : later;
}
