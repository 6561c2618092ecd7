import { readFileSync } from 'node:fs';
import { SETTING_KEYS, SETTINGS, type SettingEntry } from '../../src-main/contract/settings.ts';
import * as limits from '../../src-main/engine/wire/limits.ts';
import { cell, formatCount, range, shown } from './settings-page.ts';

const SOURCE = new URL('../../src-main/engine/wire/limits.ts', import.meta.url);
const COMMENT = /\/\*\*(.*?)\*\//s;
/** A constant or a field, with the comment right above it where there is one. */
const DECLARED = /(\/\*\*(?:(?!\*\/).)*\*\/\n)?^ *(?:export const (\w+) =|(\w+):)/gms;

/** docs/limits.md: what strangers may send, from the constants and their comments, and how much, from the settings. */
export function limitsPage(): string {
  const settings = SETTING_KEYS.flatMap((key) => {
    const entry: SettingEntry = SETTINGS[key];
    if (entry.kind !== 'count' && entry.kind !== 'size') return [];
    return [`| \`${key}\` | ${shown(entry)} | ${range(entry)} | ${cell(entry.help)} |`];
  });
  return `# Limits

Written by \`npm run docs\` from \`src-main/engine/wire/limits.ts\` and \`src-main/contract/settings.ts\`; a test fails when it is stale.

## Of what peers send each other

Part of the protocol, the same for every peer. Names with \`BYTES\` are bytes, \`MESSAGE_LENGTHS\` UTF-16 units of text, names in \`Ms\`
milliseconds.

| limit | value | reason |
|---|---|---|
${limitRows(readFileSync(SOURCE, 'utf8')).join('\n')}

## Of what this peer takes and does

Settings that bound memory, connections and work; all settings are in [settings.md](settings.md).

| setting | default | range | what |
|---|---|---|---|
${settings.join('\n')}
`;
}

/** In the order of the source. Fields with comments of their own have rows of their own. */
function limitRows(source: string): string[] {
  const values = new Map<string, unknown>(Object.entries(limits));
  const rows: string[] = [];
  let reason = '';
  let constant = '';
  for (const [, comment, exported, field] of source.matchAll(DECLARED)) {
    const own = textOf(comment);
    constant = exported ?? constant;
    const value = values.get(constant);
    if (exported !== undefined) {
      // A constant without a comment of its own belongs to the one before it.
      reason = own || reason;
      rows.push(`| \`${exported}\` | ${shownValue(value)} | ${cell(reason)} |`);
    } else if (own !== '' && field !== undefined) {
      const fields = new Map<string, unknown>(Object.entries(value ?? {}));
      rows.push(`| \`${constant}.${field}\` | ${shownValue(fields.get(field))} | ${cell(own)} |`);
    }
  }
  return rows.filter((row, at) => !rows[at + 1]?.startsWith(`${row.slice(0, row.indexOf('` |'))}.`));
}

const textOf = (comment = ''): string => (COMMENT.exec(comment)?.[1] ?? '').replaceAll(/\s*\n\s*\*\s?/g, ' ').trim();

function shownValue(value: unknown): string {
  if (typeof value === 'number') return formatCount(value);
  return Object.entries(value ?? {})
    .map(([field, number]) => `\`${field}\` ${shownValue(number)}`)
    .join(', ');
}
