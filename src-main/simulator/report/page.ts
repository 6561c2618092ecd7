import { EXPECTATIONS, type Goal } from './expectations.ts';
import { renderPlot } from './plot.ts';
import { type Course, groupByUnit, isZero, toCourse } from './series.ts';
import { STYLE } from './style.ts';
import { escapeHtml, formatValue, toWords, unitOf } from './words.ts';

/** Which parts of the engine run in a simulation. */
export const ENGINE_PARTS = 'overlay and search of the real engine with a thin leaf';
const LEFT_OUT = 'Left out are libraries on disk, transfers and SQLite: an index holds plain words.';

/** One play of a scenario. */
export type Play = {
  readonly scenario: string;
  readonly peers: number;
  readonly hours: number;
  readonly seed: number;
  /** What was told of its course, in order. */
  readonly told: readonly Line[];
  readonly figures: Figures;
};
type Line = Readonly<Record<string, unknown>>;
type Figures = Readonly<Record<string, number>>;

/** The page of one play: it needs nothing else than itself, and the same play gives the same bytes. */
export function renderReport({ scenario, peers, hours, seed, told, figures }: Play): string {
  const { about = '', goals = {} } = Object.hasOwn(EXPECTATIONS, scenario) ? (EXPECTATIONS[scenario] ?? {}) : {};
  const course = toCourse(told);
  const size = `${formatValue(peers, 'number')} peers, ${hours} h, seed ${seed}`;
  const again = `shoal simulate ${scenario} --peers ${peers} --hours ${hours} --seed ${seed}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(`Shoal simulation: ${scenario}, ${size}`)}</title>`,
    `<style>${STYLE}</style></head><body>`,
    `<h1>${escapeHtml(scenario)}: ${size}</h1>`,
    `<p>${escapeHtml(about)}</p>`,
    `<p>What runs: ${ENGINE_PARTS}. <span class="soft">${LEFT_OUT}</span></p>`,
    `<p class="soft">The same again, byte for byte: <code>${escapeHtml(again)}</code></p>`,
    '<h2>Figures</h2>',
    figureTable(figures, goals),
    '<h2>Course</h2>',
    plotsOf(course),
    detailsOf('All that was told, as numbers', told),
    '</body></html>',
    '',
  ].join('\n');
}

function figureTable(figures: Figures, goals: Readonly<Record<string, Goal>>): string {
  const rows = Object.entries(figures).map(([name, value]) => {
    const goal = Object.hasOwn(goals, name) ? goals[name] : undefined;
    const shown = formatValue(value, unitOf(name));
    return `<tr><td>${escapeHtml(toWords(name))}</td><td class="number">${shown}</td>${goalCells(goal, value, figures)}</tr>`;
  });
  const head = '<tr><th>figure</th><th class="number">value</th><th>goal</th><th>verdict</th></tr>';
  return `<div class="scroll"><table><thead>${head}</thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

function goalCells(goal: Goal | undefined, value: number, figures: Figures): string {
  if (!goal) return '<td></td><td></td>';
  const verdict = goal.holds(value, figures) ? '<td class="good">✓ holds</td>' : '<td class="bad">✗ does not hold</td>';
  return `<td>${escapeHtml(goal.words)}</td>${verdict}`;
}

function plotsOf({ series, marks, untimed }: Course): string {
  const drawn = series.filter((one) => !isZero(one));
  const times = [...series.flatMap(({ points }) => points.map(([seconds]) => seconds)), ...marks.map((m) => m.seconds)];
  const time = { from: Math.min(0, ...times), to: Math.max(0, ...times) };
  const plots = groupByUnit(drawn).map((group) => renderPlot(group, marks, time));
  const zero = series.filter(isZero).map(({ name }) => toWords(name));
  return [
    plots.length > 0
      ? `<div class="plots">\n${plots.join('\n')}\n</div>`
      : '<p>Nothing was told that has a course.</p>',
    zero.length > 0 ? `<p class="soft">Zero all the time: ${escapeHtml(zero.join(', '))}.</p>` : '',
    untimed.length > 0 ? `<h2>Single moments</h2>${lineTable(untimed)}` : '',
  ].join('\n');
}

const detailsOf = (summary: string, lines: readonly Line[]): string =>
  lines.length === 0 ? '' : `<details><summary>${summary}</summary>${lineTable(lines)}</details>`;

function lineTable(lines: readonly Line[]): string {
  const columns = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  const head = columns.map((name) => `<th>${escapeHtml(toWords(name))}</th>`).join('');
  const rows = lines.map((line) => `<tr>${columns.map((name) => cell(name, line[name])).join('')}</tr>`);
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

function cell(name: string, value: unknown): string {
  if (value === undefined) return '<td></td>';
  if (typeof value !== 'number') return `<td>${escapeHtml(String(value))}</td>`;
  // The column says the unit of the time.
  const shown = formatValue(value, name === 'seconds' ? 'number' : unitOf(name));
  return `<td class="number">${shown}</td>`;
}
