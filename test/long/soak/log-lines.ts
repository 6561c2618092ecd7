import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of a log that is more than an information. */
export type LogLine = { readonly level: string; readonly msg: string; readonly [field: string]: unknown };
type Expected = { readonly msg: RegExp; readonly why: string };

/** What the traffic brings about on purpose. Nothing of level `error` is among it. */
const EXPECTED: readonly Expected[] = [
  { msg: /^finished file is not shared$/, why: 'a user deletes a finished file in the moment before it is shared' },
];

/** Warnings and errors of all lives of a peer, as its rotated log has them. */
export function troublesOf(data: string): readonly LogLine[] {
  const files = readdirSync(data).filter((name) => name.startsWith('shoal.log'));
  const lines = files.flatMap((name) => readFileSync(join(data, name), 'utf8').split('\n'));
  return lines.filter((line) => /^\{"level":"(?:warn|error)"/.test(line)).map((line) => JSON.parse(line) as LogLine);
}

export const isExplained = ({ level, msg }: LogLine): boolean =>
  level === 'warn' && EXPECTED.some((expected) => expected.msg.test(msg));
