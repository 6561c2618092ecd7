import { setTimeout as after } from 'node:timers/promises';
import type { LoadFigures, Rates } from './load-protocol.ts';
import type { SearchEnd } from './played-child.ts';
import type { PlayedCrowd } from './played-crowd.ts';
import type { AskEnd } from './played-neighbour.ts';

const TICK_MS = 2;
/** What is not answered so long after the end is never. */
const PATIENCE_MS = 5000;

type Sent = { asks: number; searches: number };

/** Sends at these rates whether or not answers come, and says how they came. */
export async function runLoad(crowd: PlayedCrowd, rates: Rates): Promise<LoadFigures> {
  const asks: AskEnd[] = [];
  const searches: SearchEnd[] = [];
  const sent: Sent = { asks: 0, searches: 0 };
  const usage = process.cpuUsage();
  const startMs = performance.now();
  let seconds = 0;
  while (seconds < rates.seconds) {
    await after(TICK_MS);
    seconds = Math.min(rates.seconds, (performance.now() - startMs) / 1000);
    for (; sent.asks < seconds * rates.asksPerSecond; sent.asks++) void crowd.ask().then((end) => asks.push(end));
    for (; sent.searches < seconds * rates.searchesPerSecond; sent.searches++)
      void crowd.search().then((end) => searches.push(end));
  }
  const { user, system } = process.cpuUsage(usage);
  const loadCorePercent = (user + system) / 1e4 / seconds;
  const endMs = performance.now() + PATIENCE_MS;
  while (asks.length + searches.length < sent.asks + sent.searches && performance.now() < endMs) await after(TICK_MS);
  const answered = asks.filter(({ isRefused }) => !isRefused);
  return {
    answeredPerSecond: answered.length / seconds,
    refusedPercent: (100 * (sent.asks - answered.length)) / sent.asks,
    askMsP50: quantile(answered, 0.5),
    askMsP99: quantile(answered, 0.99),
    answerKB: mean(answered.map(({ bytes }) => bytes / 1000)),
    searchesPerSecond: searches.length / seconds,
    searchMsP50: quantile(searches, 0.5),
    askedPerSearch: mean(searches.map(({ asked }) => asked)),
    resultsPerSearch: mean(searches.map(({ results }) => results)),
    loadCorePercent,
  };
}

function quantile(ends: readonly { readonly ms: number }[], part: number): number {
  const sorted = ends.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
