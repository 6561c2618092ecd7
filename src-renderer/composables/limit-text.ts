import { useI18n } from 'vue-i18n';
import type { LimitsView, LimitView } from '#contract/limits.ts';
import { useFormat } from './format.ts';

/** What limits sending and receiving now, and what comes next, in words. */
export function useLimitText() {
  const { t } = useI18n();
  const { formatRate, formatDuration } = useFormat();

  function oneText({ rate, why }: LimitView): string {
    const what = rate > 0 ? formatRate(rate) : t(`common.limits.${isPause(why) ? 'paused' : 'none'}`);
    return why === 'none' || why === 'setting' || why === 'paused'
      ? what
      : `${what} (${t(`common.limits.why.${why}`)})`;
  }
  const bothText = ({ up, down }: Pick<LimitsView, 'up' | 'down'>): string =>
    t('common.limits.both', { up: oneText(up), down: oneText(down) });
  const nextText = ({ next }: LimitsView): string =>
    next === null ? '' : t('common.limits.next', { wait: formatDuration(next.inMs / 1000), limits: bothText(next) });
  return { bothText, nextText };
}

const isPause = (why: LimitView['why']): boolean => why === 'paused' || why === 'schedule-pause';
