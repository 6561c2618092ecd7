import { useI18n } from 'vue-i18n';
import { type DownloadView, firstBanEndMs, type HistoryEntry, type SourceView } from '#contract/transfer.ts';
import { useErrorText } from '../../composables/error-text.ts';
import { useFormat } from '../../composables/format.ts';

/** States of sources that no reason adds anything to. */
const SAYS_ALL = new Set<SourceView['state']>(['queued', 'active', 'blocked']);

/** Where something stands and why, in words. */
export function useReasonText() {
  const { t } = useI18n();
  const { textOfCode } = useErrorText();
  const { formatDate } = useFormat();
  const withReason = (name: string, reason: DownloadView['reason']): string =>
    reason === null ? name : `${name}: ${textOfCode(reason)}`;
  return {
    stateText: ({ state, reason, sources, blockedBy }: DownloadView): string => {
      const text = withReason(t(`transfers.states.${state}`), reason);
      if (blockedBy !== null) return `${text} ${t('transfers.blockedBy', { rule: blockedBy })}`;
      if (reason !== 'download.sources-banned') return text;
      const endMs = firstBanEndMs(sources);
      return endMs === undefined ? text : `${text} ${t('transfers.firstBanEnds', { time: formatDate(endMs) })}`;
    },
    sourceText: ({ state, reason, bytes, bannedUntilMs, onTrial }: SourceView): string => {
      // Between two connections one that has sent something already only waits.
      const shown = state === 'untried' && bytes > 0 ? 'idle' : state;
      const name = t(`transfers.sourceStates.${shown}`, { time: formatDate(bannedUntilMs ?? 0) });
      const named = onTrial ? t('transfers.onTrial', { state: name }) : name;
      return withReason(named, SAYS_ALL.has(state) ? null : reason);
    },
    /** What came of each way to it that was tried, one a line. */
    wayText: ({ ways }: SourceView): string =>
      ways
        .map(({ way, reason }) => {
          const name = t(`transfers.ways.${way}`);
          return reason === null
            ? t('transfers.wayWorks', { way: name })
            : t('transfers.wayFails', { way: name, reason: textOfCode(reason) });
        })
        .join('\n'),
    outcomeText: ({ outcome, reason }: HistoryEntry): string =>
      withReason(t(`transfers.outcomes.${outcome}`), outcome === 'failed' ? reason : null),
  };
}
