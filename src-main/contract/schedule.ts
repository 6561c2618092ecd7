import { parseSize } from './units.ts';

/**
 * The weekly schedule of the setting `limits.schedule`: rules with a semicolon between, each of days, hours and what holds then.
 *
 *     mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause
 *
 * Days are `mon` to `sun`, lists and ranges of them; none = every day. Hours are `HH:MM-HH:MM`, over midnight too (then they belong to the
 * day on which they begin); none = the whole day. `up` and `down` take a rate a second, `none` or `pause`; `pause` alone is both. For each
 * direction the first rule that fits and names it holds.
 */
export type ScheduledLimit = number | 'pause' | 'none';
export type ScheduleRule = {
  /** 0 = Monday. */
  readonly days: readonly number[];
  /** Minutes of the day; `end` may lie before `start`: on the next day. */
  readonly start: number;
  readonly end: number;
  readonly up?: ScheduledLimit;
  readonly down?: ScheduledLimit;
};
export type Scheduled = { readonly up?: ScheduledLimit; readonly down?: ScheduledLimit };

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DIRECTIONS = ['up', 'down'] as const;
const DAY_MINUTES = 24 * 60;
export const WEEK_MINUTES = 7 * DAY_MINUTES;
const MAX_RULES = 50;
/** The least that is a limit: below this nothing would be sent in a minute. */
const LEAST_RATE = 1024;

type Parsed<T> = T | { readonly why: string };
const isFault = <T extends object>(parsed: Parsed<T>): parsed is { readonly why: string } => 'why' in parsed;

/** The rules, or the first thing that is wrong with the text, in words. */
export function parseSchedule(text: string): readonly ScheduleRule[] | { readonly why: string } {
  const parts = text.split(';').map((part) => part.trim());
  const rules: ScheduleRule[] = [];
  for (const part of parts.filter((each) => each !== '')) {
    const rule = parseRule(part.toLowerCase());
    if (isFault(rule)) return { why: `“${part}”: ${rule.why}` };
    rules.push(rule);
  }
  return rules.length > MAX_RULES ? { why: `it has at most ${MAX_RULES} rules` } : rules;
}

/** What the rules say at a minute of the week, counted from Monday 00:00. */
export function scheduledAt(rules: readonly ScheduleRule[], minute: number): Scheduled {
  const fitting = rules.filter((rule) => fits(rule, minute));
  const up = fitting.find((rule) => rule.up !== undefined)?.up;
  const down = fitting.find((rule) => rule.down !== undefined)?.down;
  return { ...(up !== undefined && { up }), ...(down !== undefined && { down }) };
}

/** Minutes until something else holds, and what; undefined when it never does. */
export function nextChange(
  rules: readonly ScheduleRule[],
  minute: number,
): { readonly inMinutes: number; readonly limits: Scheduled } | undefined {
  const now = scheduledAt(rules, minute);
  const borders = rules.flatMap(({ days, start, end }) =>
    days.flatMap((day) => [day * DAY_MINUTES + start, day * DAY_MINUTES + end + (end <= start ? DAY_MINUTES : 0)]),
  );
  const waits = borders.map((border) => (((border - minute - 1) % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES);
  for (const wait of [...new Set(waits)].sort((a, b) => a - b)) {
    const limits = scheduledAt(rules, (minute + wait + 1) % WEEK_MINUTES);
    if (limits.up !== now.up || limits.down !== now.down) return { inMinutes: wait + 1, limits };
  }
  return undefined;
}

function fits({ days, start, end }: ScheduleRule, minute: number): boolean {
  const lasts = end > start ? end - start : end - start + DAY_MINUTES;
  return days.some((day) => (minute - day * DAY_MINUTES - start + WEEK_MINUTES) % WEEK_MINUTES < lasts);
}

function parseRule(text: string): Parsed<ScheduleRule> {
  const words = text.split(/\s+/);
  const days = /^(?!pause$)[a-z][^=]*$/.test(words[0] ?? '') ? words.shift() : undefined;
  const hours = /^\d/.test(words[0] ?? '') ? words.shift() : undefined;
  const parsedDays = days === undefined ? [0, 1, 2, 3, 4, 5, 6] : parseDays(days);
  if (isFault(parsedDays)) return parsedDays;
  const parsedHours = hours === undefined ? { start: 0, end: DAY_MINUTES } : parseHours(hours);
  if (isFault(parsedHours)) return parsedHours;
  const limits = parseLimits(words);
  return isFault(limits) ? limits : { days: parsedDays, ...parsedHours, ...limits };
}

function parseDays(text: string): Parsed<number[]> {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, more] = part.split('-');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from < 0 || to < 0 || more !== undefined) return { why: `“${part}” is no day (mon, tue … sun, or mon-fri)` };
    for (let day = from; ; day = (day + 1) % DAYS.length) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

function parseHours(text: string): Parsed<{ start: number; end: number }> {
  const match = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text);
  if (!match) return { why: `“${text}” are no hours (08:00-18:00)` };
  const [startHour = 0, startMinute = 0, endHour = 0, endMinute = 0] = match.slice(1).map(Number);
  const [start, end] = [startHour * 60 + startMinute, endHour * 60 + endMinute];
  const isTime = startMinute < 60 && endMinute < 60 && start < DAY_MINUTES && end <= DAY_MINUTES;
  if (!isTime || start === end) return { why: `“${text}” are no hours (from 00:00 to 24:00)` };
  return { start, end };
}

function parseLimits(words: readonly string[]): Parsed<Scheduled> {
  const limits: { up?: ScheduledLimit; down?: ScheduledLimit } = {};
  for (const word of words) {
    const [name, value = ''] = word.split('=', 2);
    const limit = parseLimit(word === 'pause' ? word : value);
    const directions = word === 'pause' ? DIRECTIONS : DIRECTIONS.filter((direction) => direction === name);
    if (limit === undefined || directions.length === 0) {
      return { why: `“${word}” is not pause, up=RATE or down=RATE (a rate as 200KiB, none or pause)` };
    }
    for (const direction of directions) {
      if (limits[direction] !== undefined) return { why: `“${word}” says twice what holds` };
      limits[direction] = limit;
    }
  }
  const isEmpty = Object.keys(limits).length === 0;
  return isEmpty ? { why: 'it says nothing that holds then: pause, up=RATE or down=RATE' } : limits;
}

function parseLimit(text: string): ScheduledLimit | undefined {
  if (text === 'pause' || text === 'none') return text;
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= LEAST_RATE ? bytes : undefined;
}
