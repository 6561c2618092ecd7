import { type AxisRange, ticksOf, timeUnitOf } from './axis.ts';
import type { Mark, Point, Series } from './series.ts';
import { escapeHtml, formatValue, toWords, UNIT_WORDS } from './words.ts';

/** Sizes in the units of the drawing, which is scaled to the width of its column. */
const WIDTH = 560;
const HEIGHT = 270;
const EDGE = { left: 64, right: 16, top: 36, bottom: 44 } as const;
const Y_TICKS = 5;
const X_TICKS = 6;
/** Up to so many points a line shows where they are. */
const MOST_DOTS = 70;
/** So many times the usual one. */
const LONG_GAP = 5;
/** A share that stays above one of these is drawn from there on: what matters of 99 % is the last of it. */
const HIGH_SHARES = [0.95, 0.5];

/** From values to places in the drawing. */
type Scale = (value: number) => number;
type Frame = { readonly x: Scale; readonly y: Scale };

/** Lines of one unit over the time, as a figure with its legend; `series` are not empty. */
export function renderPlot(series: readonly Series[], marks: readonly Mark[], time: AxisRange): string {
  const unit = series[0]?.unit ?? 'number';
  const clock = timeUnitOf(time.to);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const whole = values.every(Number.isInteger);
  const yTicks = ticksOf(rangeOf(values, unit), Y_TICKS, { whole });
  const xTicks = ticksOf({ from: time.from / clock.seconds, to: time.to / clock.seconds }, X_TICKS);
  const frame = {
    x: scaleOf(
      xTicks.map((tick) => tick * clock.seconds),
      [EDGE.left, WIDTH - EDGE.right],
    ),
    y: scaleOf(yTicks, [HEIGHT - EDGE.bottom, EDGE.top]),
  };
  const names = series.map(({ name }) => toWords(name));
  const label = `${names.join(', ')} over ${clock.name}`;
  return [
    `<figure><figcaption>${names.map(legendOf).join(' ')}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">`,
    ...yTicks.map((tick) => yTick(frame.y(tick), formatValue(tick, unit))),
    ...xTicks.map((tick) => xTick(frame.x(tick * clock.seconds), formatValue(tick, 'number'))),
    text(EDGE.left, 12, 'axis start', UNIT_WORDS[unit]),
    text((EDGE.left + WIDTH - EDGE.right) / 2, HEIGHT - 6, 'axis', `time, ${clock.name}`),
    ...marks.map((mark) => markAt(frame.x(mark.seconds), mark.name)),
    ...series.map(({ points, name }, at) => lineOf(points, frame, { at, name, unit })),
    '</svg></figure>',
  ].join('\n');
}

function rangeOf(values: readonly number[], unit: Series['unit']): AxisRange {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const high = unit === 'share' ? HIGH_SHARES.find((share) => least > share) : undefined;
  return { from: high ?? Math.min(0, least), to: most };
}

function scaleOf(ticks: readonly number[], [start, end]: readonly [number, number]): Scale {
  const [from, to] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

const legendOf = (name: string, at: number): string => `<span class="s${at}"><i></i>${escapeHtml(name)}</span>`;
const text = (x: number, y: number, kind: string, words: string): string =>
  `<text x="${place(x)}" y="${place(y)}" class="${kind}">${escapeHtml(words)}</text>`;
const rule = (kind: string, [x1, y1, x2, y2]: readonly [number, number, number, number]): string =>
  `<line class="${kind}" x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}"/>`;
const yTick = (y: number, words: string): string =>
  rule('grid', [EDGE.left, y, WIDTH - EDGE.right, y]) + text(EDGE.left - 8, y + 4, 'tick end', words);
const xTick = (x: number, words: string): string =>
  rule('grid', [x, HEIGHT - EDGE.bottom, x, HEIGHT - EDGE.bottom + 5]) +
  text(x, HEIGHT - EDGE.bottom + 19, 'tick', words);

function markAt(x: number, name: string): string {
  return (
    rule('mark', [x, EDGE.top, x, HEIGHT - EDGE.bottom]) +
    text(x, EDGE.top - 6, x < WIDTH / 2 ? 'axis start' : 'axis end', toWords(name))
  );
}

type Look = { readonly at: number; readonly name: string; readonly unit: Series['unit'] };

/** Each point says its value when it is pointed at. */
function lineOf(points: readonly Point[], { x, y }: Frame, { at, name, unit }: Look): string {
  const lines = unbroken(points).map((run) => {
    const places = run.map(([seconds, value]) => `${place(x(seconds))},${place(y(value))}`).join(' ');
    return `<polyline points="${places}"/>`;
  });
  const dots = points.length > MOST_DOTS ? [] : points;
  const circles = dots.map(([seconds, value]) => {
    const clock = timeUnitOf(seconds);
    const when = `${formatValue(seconds / clock.seconds, 'number')} ${clock.name}`;
    const words = escapeHtml(`${toWords(name)}: ${formatValue(value, unit)} at ${when}`);
    return `<circle cx="${place(x(seconds))}" cy="${place(y(value))}" r="2.5"><title>${words}</title></circle>`;
  });
  return `<g class="s${at}">${lines.join('')}${circles.join('')}</g>`;
}

/** Runs without a gap: where nothing was told for much longer than usual, nothing is known. */
function unbroken(points: readonly Point[]): readonly (readonly Point[])[] {
  const gaps = points.slice(1).map(([seconds], at) => seconds - (points[at]?.[0] ?? 0));
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const breaks = gaps.flatMap((gap, at) => (gap > usual * LONG_GAP ? [at + 1] : []));
  return [0, ...breaks].map((from, at) => points.slice(from, breaks[at]));
}

/** A tenth of a unit is finer than any screen. */
const place = (value: number): string => String(Number(value.toFixed(1)));
