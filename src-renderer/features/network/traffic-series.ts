import type { TrafficView } from '#contract/network.ts';

export type TrafficRange = 'short' | 'long';
/** Seconds since the epoch, and bytes a second of both ways; all of one length. */
export type TrafficSeries = {
  readonly times: readonly number[];
  readonly down: readonly number[];
  readonly up: readonly number[];
};

/** What a chart draws: `nowMs` is the end of the last step. */
export function trafficSeries(view: TrafficView, range: TrafficRange, nowMs: number): TrafficSeries {
  const samples = range === 'short' ? view.samples : view.long;
  const stepMs = range === 'short' ? view.stepMs : view.longStepMs;
  const end = nowMs / 1000;
  return {
    times: samples.map((_, index) => end - ((samples.length - 1 - index) * stepMs) / 1000),
    down: samples.map(({ down }) => down),
    up: samples.map(({ up }) => up),
  };
}

/** Of both ways, in bytes a second; zeros when there is nothing. */
export function summarize(rates: readonly number[]): { readonly average: number; readonly peak: number } {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  return { average: rates.length === 0 ? 0 : sum / rates.length, peak: Math.max(0, ...rates) };
}
