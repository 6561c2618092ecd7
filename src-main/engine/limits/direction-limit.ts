import type { LimitReason, LimitView } from '../../contract/limits.ts';
import type { ScheduledLimit } from '../../contract/schedule.ts';

/** What bears on one direction; rates in bytes a second, 0 = none. */
export type Bearing = {
  readonly isPaused: boolean;
  readonly setting: number;
  readonly scheduled: ScheduledLimit | undefined;
  /** What the line takes, as far as that was measured, and how much of it may be used, in percent; 0 = all. */
  readonly lineBps: number | undefined;
  readonly percent: number;
  /** The same while somebody works here; undefined: nobody does, or it makes no difference. */
  readonly quietPercent: number | undefined;
};

/** The limit of one direction, and what it comes from. */
export function limitOf({ isPaused, setting, scheduled, lineBps, percent, quietPercent }: Bearing): LimitView {
  if (isPaused) return { rate: 0, why: 'paused' };
  if (scheduled === 'pause') return { rate: 0, why: 'schedule-pause' };
  let limit: LimitView = setting > 0 ? { rate: setting, why: 'setting' } : { rate: 0, why: 'none' };
  if (scheduled !== undefined) limit = { rate: scheduled === 'none' ? 0 : scheduled, why: 'schedule' };
  const lower = (share: number | undefined, of: number | undefined, why: LimitReason) => {
    if (!share || of === undefined) return;
    const rate = Math.max(1, Math.round((of * share) / 100));
    if (limit.rate === 0 || rate < limit.rate) limit = { rate, why };
  };
  lower(percent, lineBps, 'line');
  lower(quietPercent, lineBps ?? (limit.rate || undefined), 'quiet');
  return limit;
}

export const isPause = ({ why }: LimitView): boolean => why === 'paused' || why === 'schedule-pause';
