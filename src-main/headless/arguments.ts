import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { type PeerAddress, type PeerTarget, parseAddress, parseTarget } from '../contract/address.ts';
import { parseSetting } from '../contract/parse-setting.ts';
import { isSettingKey, type SettingKey, type SettingValue } from '../contract/settings.ts';

/** Readers of single arguments. Each fails with commander's InvalidArgumentError, which ends as a usage error. */

export function readCount(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
}

export function readCountFromZero(text: string): number {
  return text === '0' ? 0 : readCount(text);
}

/** Seconds, as typed by people, in milliseconds. */
export function readSeconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : 0;
  if (value < 1 || value > MAX_WAIT_MS) throw new InvalidArgumentError('It is a number of seconds above 0.');
  return value;
}
/** The longest delay of a timer. */
const MAX_WAIT_MS = 2 ** 31 - 1;

export function readListenAddress(text: string): PeerAddress {
  const address = parseAddress(text, { allowZero: true });
  if (!address) throw new InvalidArgumentError('It is HOST:PORT or [IPV6]:PORT.');
  return address;
}

export function readTarget(text: string): PeerTarget {
  const target = parseTarget(text);
  if (!target) throw new InvalidArgumentError('It is HOST:PORT, [IPV6]:PORT or shoal://NODEID@HOST:PORT.');
  return target;
}

/** KEY=VALUE of the settings table. */
export function readSetting(text: string): readonly [SettingKey, SettingValue] {
  const at = text.indexOf('=');
  const key = text.slice(0, Math.max(at, 0));
  if (!isSettingKey(key)) throw new InvalidArgumentError('It is KEY=VALUE; "shoal settings" lists the keys.');
  const parsed = parseSetting(key, text.slice(at + 1));
  if ('why' in parsed) throw new InvalidArgumentError(`For ${key}, ${parsed.why}.`);
  return [key, parsed.value];
}

/** For an option that may be given several times. */
export const collect =
  <T>(read: (text: string) => T) =>
  (text: string, earlier: readonly T[] = []): readonly T[] => [...earlier, read(text)];

/** What names something. An empty one is a mistake: most often it stands for a variable that is not set. */
export function readName(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

export const readPath = (workingFolder: string) => (text: string) => resolve(workingFolder, readName(text));

/**
 * The same words with the command's name first, because options may stand before it. Options before a name go to the end, or before
 * `--`.
 */
export function commandFirst(program: Command, words: readonly string[]): string[] {
  if (program.commands.length === 0) return [...words];
  const leading = countLeadingOptions(words, optionsWithValue(program));
  const name = words[leading];
  const command = program.commands.find((one) => one.name() === name || one.aliases().includes(name ?? ''));
  if (!command) return [...words];
  const rest = words.slice(leading + 1);
  const end = rest.indexOf('--');
  const at = end < 0 ? rest.length : end;
  return [command.name(), ...commandFirst(command, rest.toSpliced(at, 0, ...words.slice(0, leading)))];
}

function countLeadingOptions(words: readonly string[], withValue: ReadonlySet<string>): number {
  let at = 0;
  for (let word = words[at]; word?.startsWith('-') && word !== '--'; word = words[at])
    at += withValue.has(word) ? 2 : 1;
  return at;
}

function optionsWithValue(command: Command): ReadonlySet<string> {
  const own = command.options.filter((option: Option) => option.required).map((option) => option.long ?? '');
  return new Set([...own, ...command.commands.flatMap((sub) => [...optionsWithValue(sub)])]);
}
