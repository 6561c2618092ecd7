import type { TrafficView } from '#contract/network.ts';

export type TrafficRange = 'short' | 'long';
/** Seconds since the epoch, and bytes a second of both ways; all of one length. */
export type TrafficSeries = {
  readonly times: readonly number[];
  /** What the axis shows, also where nothing was measured yet. */
  readonly from: number;
  readonly to: number;
  readonly down: readonly number[];
  readonly up: readonly number[];
};

const SPANS_S: Readonly<Record<TrafficRange, number>> = { short: 600, long: 86_400 };

/** What a chart draws: `nowMs` is the end of the last step. */
export function trafficSeries(view: TrafficView, range: TrafficRange, nowMs: number): TrafficSeries {
  const samples = range === 'short' ? view.samples : view.long;
  const stepMs = range === 'short' ? view.stepMs : view.longStepMs;
  const end = nowMs / 1000;
  return {
    from: end - SPANS_S[range],
    to: end,
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
