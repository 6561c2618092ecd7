import { SETTING_KEYS, SETTINGS, type SettingEntry } from '../../src-main/contract/settings.ts';

/** docs/settings.md: the settings table. */
export function settingsPage(): string {
  const groups = Map.groupBy(SETTING_KEYS, (key) => key.slice(0, key.indexOf('.')));
  const sections = [...groups].map(([group, keys]) => {
    const rows = keys.map((key) => {
      const entry: SettingEntry = SETTINGS[key];
      const restart = entry.restart ? '; in force after a restart' : '';
      return `| \`${key}\` | ${shown(entry)} | ${range(entry)} | ${cell(entry.help)}${restart} |`;
    });
    return `## ${group}\n\n| setting | default | range | what |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Settings

Written by \`npm run docs\` from \`src-main/contract/settings.ts\`; a test fails when it is stale.

\`shoal settings KEY VALUE\` changes one for good, \`shoal peer --set KEY=VALUE\` for one run. Changes are in force at once unless the table
says otherwise. Durations are written as \`500ms\`, \`90s\`, \`5min\`, \`2h\`, \`1d\` (a bare number is milliseconds), sizes and rates as \`64KiB\`,
\`10MB\` (a bare number is bytes). They are kept in \`settings.json\` of the data folder; a value there that cannot be is passed over, with a
warning in the log; with such a \`peer.bind\` the peer does not start.

${sections.join('\n')}`;
}

export function shown(entry: SettingEntry): string {
  if (entry.kind === 'rate' && entry.default === 0) return 'no limit';
  if (typeof entry.default === 'number') return format(entry.kind, entry.default);
  if (typeof entry.default === 'boolean') return entry.default ? 'on' : 'off';
  return entry.default === '' ? '(empty)' : `\`${entry.default}\``;
}

export function range(entry: SettingEntry): string {
  switch (entry.kind) {
    case 'switch':
      return 'on, off';
    case 'text':
      return 'text';
    case 'choice':
      return entry.choices.map((choice) => `\`${choice}\``).join(', ');
    default:
      return `${format(entry.kind, entry.min)} to ${format(entry.kind, entry.max)}`;
  }
}

/** Text within a row. */
export const cell = (text: string): string => text.replaceAll('|', '\\|');

export const formatCount = (value: number): string => value.toLocaleString('en-US');

/** Largest unit first; a value is shown in the first that it is a whole number of. */
const TIMES = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
] as const;
const SIZES = [
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
] as const;

function format(kind: SettingEntry['kind'], value: number): string {
  if (kind === 'count' || value === 0) return formatCount(value);
  const units = kind === 'duration' ? TIMES : SIZES;
  const [step, unit] = units.find(([size]) => value % size === 0) ?? [1, ''];
  return `${formatCount(value / step)} ${unit}${kind === 'rate' ? '/s' : ''}`;
}
