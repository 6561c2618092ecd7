import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSetting } from '../../src-main/contract/parse-setting.ts';
import {
  nextChange,
  parseSchedule,
  type ScheduleRule,
  scheduledAt,
  WEEK_MINUTES,
} from '../../src-main/contract/schedule.ts';

const KIB = 1024;
const MIB = 2 ** 20;
const EXAMPLE = 'mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause';

function rules(text: string): readonly ScheduleRule[] {
  const parsed = parseSchedule(text);
  if ('why' in parsed) throw new Error(parsed.why);
  return parsed;
}
const why = (text: string): string => {
  const parsed = parseSchedule(text);
  return 'why' in parsed ? parsed.why : '';
};
/** A minute of the week: day 0 is Monday. */
const at = (day: number, time: string): number => day * 1440 + Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

describe('a schedule', () => {
  test('says what holds when', () => {
    const parsed = rules(EXAMPLE);
    expect(scheduledAt(parsed, at(0, '07:59'))).toEqual({});
    expect(scheduledAt(parsed, at(0, '08:00'))).toEqual({ up: 200 * KIB, down: MIB });
    expect(scheduledAt(parsed, at(4, '17:59'))).toEqual({ up: 200 * KIB, down: MIB });
    expect(scheduledAt(parsed, at(4, '18:00'))).toEqual({});
    expect(scheduledAt(parsed, at(5, '00:00'))).toEqual({ up: 'pause', down: 'pause' });
    expect(scheduledAt(parsed, at(6, '23:59'))).toEqual({ up: 'pause', down: 'pause' });
  });

  test('says when something else will hold', () => {
    const parsed = rules(EXAMPLE);
    expect(nextChange(parsed, at(0, '07:00'))).toEqual({ inMinutes: 60, limits: { up: 200 * KIB, down: MIB } });
    expect(nextChange(parsed, at(4, '18:00'))).toEqual({ inMinutes: 360, limits: { up: 'pause', down: 'pause' } });
    expect(nextChange(parsed, at(5, '12:00'))).toEqual({ inMinutes: 36 * 60, limits: {} });
    expect(nextChange(rules('pause'), 0)).toBeUndefined();
    expect(nextChange([], 0)).toBeUndefined();
  });

  test('goes over midnight and over the end of the week', () => {
    const parsed = rules('sun 22:00-06:30 up=none');
    expect(scheduledAt(parsed, at(6, '23:00'))).toEqual({ up: 'none' });
    expect(scheduledAt(parsed, at(0, '06:29'))).toEqual({ up: 'none' });
    expect(scheduledAt(parsed, at(0, '06:30'))).toEqual({});
    expect(scheduledAt(parsed, at(6, '06:00'))).toEqual({});
    expect(scheduledAt(rules('sat-mon pause'), at(6, '12:00'))).toEqual({ up: 'pause', down: 'pause' });
    expect(scheduledAt(rules('sat-mon pause'), at(1, '00:00'))).toEqual({});
  });

  test('takes the first rule that fits, for each direction', () => {
    const parsed = rules('12:00-13:00 up=pause; mon up=2MB; down=1 mib'.replace('1 mib', '1mib'));
    expect(scheduledAt(parsed, at(0, '12:30'))).toEqual({ up: 'pause', down: MIB });
    expect(scheduledAt(parsed, at(0, '13:30'))).toEqual({ up: 2_000_000, down: MIB });
    expect(scheduledAt(parsed, at(1, '13:30'))).toEqual({ down: MIB });
  });

  test.each([
    ['funday pause', 'is no day'],
    ['mon-fri-sun pause', 'is no day'],
    ['mon 8-18 pause', 'are no hours'],
    ['08:60-09:00 pause', 'are no hours'],
    ['24:00-25:00 pause', 'are no hours'],
    ['08:00-08:00 pause', 'are no hours'],
    ['mon', 'says nothing'],
    ['mon 08:00-18:00', 'says nothing'],
    ['up=fast', 'is not pause'],
    ['up=5min', 'is not pause'],
    ['up=1', 'is not pause'],
    ['sideways=1MiB', 'is not pause'],
    ['up=1MiB up=2MiB', 'twice'],
    ['pause down=1MiB', 'twice'],
    ['mon pause tue', 'is not pause'],
    [Array.from({ length: 51 }, () => 'pause').join(';'), 'at most 50'],
  ])('that is wrong says what is: %s', (text, words) => {
    expect(why(text)).toContain(words);
    expect(parseSetting('limits.schedule', text)).toEqual({ why: why(text) });
  });

  test('may be empty, and is kept as it was written', () => {
    expect(rules(' ; ')).toEqual([]);
    expect(parseSetting('limits.schedule', EXAMPLE)).toEqual({ value: EXAMPLE });
  });

  test('of any text is read or refused', () => {
    const word = fc.constantFrom(
      'mon',
      'sun-tue',
      'sat,',
      '08:00-18:00',
      '99:00-1:00',
      'up=1MiB',
      'down=none',
      'pause',
      ';',
      '=',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 100 }),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, fc.nat(WEEK_MINUTES - 1), (written, minute) => {
        const parsed = parseSchedule(written);
        if ('why' in parsed) return;
        const now = scheduledAt(parsed, minute);
        const change = nextChange(parsed, minute);
        // Nothing changes before the change, and then it does.
        for (let wait = 1; wait < (change?.inMinutes ?? WEEK_MINUTES); wait += 37) {
          expect(scheduledAt(parsed, (minute + wait) % WEEK_MINUTES)).toEqual(now);
        }
        if (change) expect(scheduledAt(parsed, (minute + change.inMinutes) % WEEK_MINUTES)).toEqual(change.limits);
        if (change) expect(change.limits).not.toEqual(now);
      }),
      { numRuns: 500 },
    );
  });
});
