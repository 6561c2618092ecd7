import type { ElectionCondition, ElectionConditionName } from '#contract/election.ts';
import type { useFormat } from '../../composables/format.ts';

type Texts = {
  readonly t: (key: string, named?: Record<string, unknown>, plural?: number) => string;
  readonly format: ReturnType<typeof useFormat>;
};
export type ElectionRow = {
  readonly name: ElectionConditionName;
  readonly title: string;
  readonly measured: string;
  readonly needed: string;
  readonly holds: boolean;
};

/** Conditions of the election as a person reads them. */
export function electionRows(conditions: readonly ElectionCondition[], texts: Texts): readonly ElectionRow[] {
  const { t } = texts;
  return conditions.map(({ name, needed, measured, holds }) => ({
    name,
    title: t(`network.election.names.${name}`),
    measured: measured === null ? t('network.election.unknown') : valueText(name, measured, texts),
    needed: neededText(name, needed, texts),
    holds,
  }));
}

function neededText(name: ElectionConditionName, needed: number, texts: Texts): string {
  if (name === 'allowed') return '';
  const bound = name === 'processor' ? 'most' : 'needed';
  return texts.t(`network.election.${bound}`, { needed: valueText(name, needed, texts) });
}

function valueText(name: ElectionConditionName, value: number, { t, format }: Texts): string {
  switch (name) {
    case 'allowed':
      return t(`network.election.${value > 0 ? 'yes' : 'no'}`);
    case 'reachable':
      return t('network.election.callBacks', { count: format.formatCount(value) }, value);
    case 'uptime':
    case 'average-uptime':
    case 'settled':
      return format.formatDuration(value / 1000);
    case 'upload-rate':
    case 'download-rate':
      return format.formatRate(value);
    case 'memory':
      return format.formatSize(value);
    case 'descriptors':
      return format.formatCount(value);
    case 'processor':
      return format.formatPercent(value);
  }
}
