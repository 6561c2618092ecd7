import { describe, expect, test } from 'vitest';
import { ticksOf, timeUnitOf } from '../../../src-main/simulator/report/axis.ts';
import { renderReport } from '../../../src-main/simulator/report/page.ts';
import { groupByUnit, toCourse } from '../../../src-main/simulator/report/series.ts';
import { formatValue, toWords, unitOf } from '../../../src-main/simulator/report/words.ts';

const PLAY = { scenario: 'steady', peers: 2000, hours: 0.5, seed: 7, told: [], figures: {} };
const rowOf = (page: string, words: string) => page.split('\n').find((line) => line.includes(`<td>${words}</td>`));

describe('ticks of an axis', () => {
  test.each([
    [{ from: 0, to: 303 }, false, [0, 100, 200, 300, 400]],
    [{ from: 0, to: 0.3 }, false, [0, 0.1, 0.2, 0.3]],
    [{ from: 0, to: 1 }, true, [0, 1]],
    [{ from: 0, to: 0 }, true, [0, 1]],
    [{ from: -3, to: 4 }, true, [-4, -2, 0, 2, 4]],
    [{ from: 0.95, to: 1 }, false, [0.95, 0.96, 0.97, 0.98, 0.99, 1]],
  ])('of %o, whole %s', (range, whole, ticks) => {
    expect(ticksOf(range, 5, { whole })).toEqual(ticks);
  });

  test.each([
    [135, 'seconds'],
    [1800, 'minutes'],
    [6 * 3600, 'hours'],
  ])('a run of %i s is told in %s', (seconds, name) => {
    expect(timeUnitOf(seconds).name).toBe(name);
  });
});

describe('names say what they are', () => {
  test.each([
    ['searchSuccess', 0.9934, 'search success', '99.34 %'],
    ['bytesPerPeer', 1_415_000, 'bytes per peer', '1.415 MB'],
    ['recoverySeconds', 23, 'time to recover', '23 s'],
    ['largestIsland', 12_345, 'largest island', '12,350'],
    ['wave2', Number.NaN, 'wave 2', '–'],
  ])('%s', (name, value, words, shown) => {
    expect(toWords(name)).toBe(words);
    expect(formatValue(value, unitOf(name))).toBe(shown);
  });
});

describe('what was told', () => {
  test('becomes series by name and time, marks, and lines without a time', () => {
    const { series, marks, untimed } = toCourse([
      { event: 'sample', seconds: 90, orphans: 2, why: 'text', late: Number.NaN },
      { event: 'sample', minutes: 1, orphans: 1 },
      { event: 'killed', seconds: 75, killed: 5 },
      { event: 'sample', when: 'before', orphans: 9 },
    ]);
    const points = [
      [60, 1],
      [90, 2],
    ];
    expect(series).toEqual([{ name: 'orphans', unit: 'number', points }]);
    expect(marks).toEqual([{ seconds: 75, name: 'killed' }]);
    expect(untimed).toHaveLength(1);
  });

  test('shares a plot only with what is of its unit and size', () => {
    const told = [{ event: 'sample', seconds: 1, online: 300, orphans: 3, leaves: 290, supernodes: 4, orphanShare: 1 }];
    const groups = groupByUnit(toCourse(told).series).map((group) => group.map(({ name }) => name));
    expect(groups).toEqual([['online', 'leaves'], ['supernodes', 'orphans'], ['orphanShare']]);
  });
});

describe('the page', () => {
  test('says what was played, what ran, and how to play it again', () => {
    const page = renderReport(PLAY);
    expect(page).toContain('<h1>steady: 2,000 peers, 0.5 h, seed 7</h1>');
    expect(page).toContain('overlay and search of the real engine with a thin leaf');
    expect(page).toContain('shoal simulate steady --peers 2000 --hours 0.5 --seed 7');
    expect(page).toContain('Nothing was told that has a course.');
  });

  test('needs nothing but itself: no scripts, no references', () => {
    const told = [1, 2].map((minutes) => ({ event: 'sample', minutes, online: 300 + minutes }));
    const page = renderReport({ ...PLAY, told });
    expect(page).toContain('<polyline points="');
    expect(page).not.toMatch(/<script|\b(?:src|href)=|url\(|https?:/);
    expect(renderReport({ ...PLAY, told })).toBe(page);
  });

  test('draws no line where nothing was told for long', () => {
    const told = [1, 2, 3, 30, 31].map((minutes) => ({ event: 'sample', minutes, online: 3 }));
    expect(renderReport({ ...PLAY, told }).match(/<polyline points="[^"]+"/g)).toHaveLength(2);
  });

  test('puts the goal beside its figure, and says whether it holds', () => {
    const page = renderReport({ ...PLAY, figures: { searchSuccess: 0.98, supernodes: 12, supernodesIdeal: 10, x: 1 } });
    expect(rowOf(page, 'search success')).toMatch(/98 %.*at least 99 %.*does not hold/);
    expect(rowOf(page, 'supernodes')).toMatch(/12.*within 25 %.*✓ holds/);
    expect(rowOf(page, 'x')).toContain('<td></td><td></td>');
  });

  test('names a series that is always zero, and one without a goal of a scenario unknown to it', () => {
    const told = [{ event: 'sample', minutes: 1, orphans: 0 }];
    const page = renderReport({ ...PLAY, scenario: 'constructor', told });
    expect(page).toContain('Zero all the time: leaves without parent.');
    expect(page).not.toContain('<svg');
  });

  test('shows names and texts as they are, whatever is in them', () => {
    const name = '<b>&"\'';
    const told = [
      { event: 'sample', minutes: 1, [name]: 2 },
      { event: name, seconds: 30 },
      { event: 'sample', when: name },
    ];
    const page = renderReport({ ...PLAY, scenario: name, told, figures: { [name]: 1 } });
    expect(page).not.toContain('<b>');
    expect(page).toContain('<h1>&lt;b&gt;&amp;&quot;&#39;: ');
  });
});
