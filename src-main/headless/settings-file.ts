import { AppError } from '../contract/errors.ts';
import { parseSetting } from '../contract/parse-setting.ts';
import {
  DEFAULT_SETTINGS,
  isSettingKey,
  SETTINGS,
  type SettingEntry,
  type SettingKey,
  type Settings,
  type SettingValue,
} from '../contract/settings.ts';
import type { FileSystem } from '../engine/ports/index.ts';

/** The format of settings.json: `{ version, settings: { key: value } }`, with what was set only. */
const VERSION = 1;
/** Hundreds of times what all settings take. */
const MAX_BYTES = 2 ** 20;
const FILE_NAME = 'settings.json';

/** Passed over, it would let traffic leave by the ways that its user wanted shut. */
const BINDING: SettingKey = 'peer.bind';

type Values = { readonly [key: string]: SettingValue };
export type Overrides = { readonly [K in SettingKey]?: SettingValue };
type Deps = { readonly files: FileSystem; readonly folder: string };
type Stored = { readonly values: Values; readonly problems: readonly string[] };

/** The settings of one data folder: stored ones, under those that hold for this run only. */
export class SettingsFile {
  readonly #deps: Deps;
  #stored: Values;
  #overrides: Overrides;
  #current: Settings;
  /** One change at a time: each writes all values. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(deps: Deps, stored: Values, overrides: Overrides) {
    this.#deps = deps;
    this.#stored = stored;
    this.#overrides = overrides;
    this.#current = combine(stored, overrides);
  }

  /**
   * Reads the file; what cannot be used falls back alone, the file is then kept aside, and `problems` says so in one sentence
   * each. Fails with data.newer when a newer Shoal wrote it, with settings.invalid for a `peer.bind` that cannot be used.
   */
  static async open(deps: Deps, overrides: Overrides): Promise<{ file: SettingsFile; problems: readonly string[] }> {
    const path = deps.files.paths.join(deps.folder, FILE_NAME);
    const bytes = await deps.files.readSmall(path, MAX_BYTES);
    const { values, problems } = bytes
      ? readStored(new TextDecoder().decode(bytes), path)
      : { values: {}, problems: [] };
    const file = new SettingsFile(deps, values, overrides);
    if (problems.length === 0) return { file, problems };
    const kept = await keepAside(deps.files, path);
    await file.#write(values);
    return { file, problems: problems.map((problem) => `${problem}; the file is kept as ${kept}`) };
  }

  get(): Settings {
    return this.#current;
  }

  /** In force at once, kept for later runs, and no longer hidden by a value of this run. Fails with settings.* or disk.*. */
  set(key: SettingKey, given: SettingValue): Promise<{ value: SettingValue; restartNeeded: boolean }> {
    const change = this.#changing.catch(() => undefined).then(() => this.#change(key, checkSetting(key, given)));
    this.#changing = change;
    return change;
  }

  async #change(key: SettingKey, value: SettingValue): Promise<{ value: SettingValue; restartNeeded: boolean }> {
    const isSame = this.#current[key] === value;
    const stored = { ...this.#stored, [key]: value };
    await this.#write(stored);
    const { [key]: _, ...others } = this.#overrides;
    this.#stored = stored;
    this.#overrides = others;
    this.#current = combine(stored, others);
    const entry: SettingEntry = SETTINGS[key];
    return { value, restartNeeded: entry.restart === true && !isSame };
  }

  #write(values: Values): Promise<void> {
    const { files, folder } = this.#deps;
    const text = `${JSON.stringify({ version: VERSION, settings: values }, null, 2)}\n`;
    return files.writeSmall(files.paths.join(folder, FILE_NAME), new TextEncoder().encode(text));
  }
}

/** `given` as a value of the setting; fails with settings.invalid. */
export function checkSetting(key: SettingKey, given: SettingValue): SettingValue {
  const parsed = parseSetting(key, given);
  if ('why' in parsed) throw new AppError('settings.invalid', { key, value: String(given), why: parsed.why });
  return parsed.value;
}

/** Keys that this version does not know stay in the file and out of force. */
function combine(stored: Values, overrides: Overrides): Settings {
  const known = Object.fromEntries(Object.entries(stored).filter(([key]) => isSettingKey(key)));
  return Object.freeze({ ...DEFAULT_SETTINGS, ...known, ...overrides }) as Settings;
}

function readStored(text: string, path: string): Stored {
  const outer = parseJson(text);
  if (!isObject(outer) || !isObject(outer.settings) || typeof outer.version !== 'number') {
    return { values: {}, problems: [`${path} is damaged: all settings have their default values`] };
  }
  if (outer.version > VERSION) throw new AppError('data.newer', { path });
  const values: Record<string, SettingValue> = {};
  const problems: string[] = [];
  for (const [key, given] of Object.entries(outer.settings)) {
    const read = readValue(key, given);
    if ('value' in read) values[key] = read.value;
    else if (key === BINDING)
      throw new AppError('settings.invalid', { key, value: String(given), why: `${read.why}: mend ${path}` });
    else problems.push(`${key} in ${path} cannot be used (${read.why}) and has its default value`);
  }
  return { values, problems };
}

function readValue(key: string, given: unknown): { value: SettingValue } | { why: string } {
  const isNumber = typeof given === 'number' && Number.isFinite(given);
  if (!isNumber && typeof given !== 'string' && typeof given !== 'boolean')
    return { why: 'it is neither text, number nor switch' };
  return isSettingKey(key) ? parseSetting(key, given) : { value: given };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Damaged: the caller treats it like any other unexpected contents.
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Renames the file to the first free `settings.json.damaged-N`; gives that path. */
async function keepAside(files: FileSystem, path: string): Promise<string> {
  let number = 1;
  while (await files.statLink(`${path}.damaged-${number}`)) number += 1;
  await files.rename(path, `${path}.damaged-${number}`);
  return `${path}.damaged-${number}`;
}
