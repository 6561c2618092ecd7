import { deepEqual, equal, ok } from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { COMMANDS, EVENT_NAMES, QUERIES } from '../../../src-main/contract/api.ts';
import { mediaRequestSchema } from '../../../src-main/contract/media.ts';
import { parseSetting } from '../../../src-main/contract/parse-setting.ts';
import { parseValue } from '../../../src-main/contract/parse-value.ts';
import { requestSchema } from '../../../src-main/contract/requests.ts';
import { isSettingKey, SETTING_KEYS, SETTINGS } from '../../../src-main/contract/settings.ts';
import { LineSplitter } from '../../../src-main/headless/line-splitter.ts';
import { readSmallBody } from '../../../src-main/headless/web/read-small-body.ts';
import { HASH, NODE } from './samples.ts';
import { jsonTarget, type Target, textTarget } from './target.ts';

/** What faces of a peer send it: requests of the page and of the command line, values of settings. */

const request = (kind: string, name: string, input?: unknown) => ({
  id: 1,
  kind,
  name,
  ...(input === undefined ? {} : { input }),
});
const ID = { id: '0123abcd' };
const FILE = { hash: HASH, size: 4211, name: 'a' };
/** One that is taken, of those that have more than a name in them. */
const INPUTS: Readonly<Record<string, unknown>> = {
  'search.start': { words: 'blue moon', limit: 100 },
  'download.add': {
    ...FILE,
    sources: [{ target: `shoal://${NODE}@203.0.113.9:1214` }],
    web: [{ url: 'https://a.org/' }],
  },
  'download.move': { ...ID, place: 1 },
  'download.set': { ...ID, maxSources: 3, rate: 0 },
  'download.source': { ...ID, node: NODE, use: 'never' },
  'list.import': { xml: '<metalink/>' },
  'list.write': { files: [{ ...FILE, sources: [`shoal://${NODE}@203.0.113.9:1214`] }] },
  'verdict.set': { ...FILE, verdict: 'fake' },
  'share.describe': { hash: HASH, fields: { title: null, year: 1999 } },
  'settings.set': { key: 'upload.slots', value: 4 },
  'block.add': { rule: `hash:${HASH}` },
  'media.type': { kind: 'shared', hash: HASH, size: 4211 },
  'shares.files': { words: 'blue', order: 'name', after: '["name","a","/"]', limit: 10 },
  votes: FILE,
  browse: { target: `shoal://${NODE}@203.0.113.9:1214` },
};

const schemas = { command: COMMANDS, query: QUERIES } as const;
const names = (kind: keyof typeof schemas) => Object.keys(schemas[kind]);

const faceRequest = jsonTarget({
  name: 'face-request',
  values: [
    ...names('command').map((name) => request('command', name, INPUTS[name] ?? ID)),
    ...names('query').map((name) => request('query', name, INPUTS[name] ?? {})),
    ...EVENT_NAMES.slice(0, 2).map((name) => request('on', name)),
  ],
  read(text) {
    const read = parseValue(requestSchema, parse(text));
    if (!read.success) return ok(read.error.issues.length > 0);
    const { data } = read;
    if (data.kind !== 'command' && data.kind !== 'query') return;
    const schema = data.kind === 'command' ? COMMANDS[data.name] : QUERIES[data.name];
    const input = parseValue(schema, data.input);
    if (input.success) deepEqual(parseValue(schema, input.data).data, input.data);
    parseValue(mediaRequestSchema, data.input);
  },
});

/** Cut where the first byte says. */
const lines: Target = {
  name: 'control-lines',
  seeds: ['\u0004{"token":"x"}\n{"id":1,"kind":"query","name":"status","input":{}}\n', '\u0001\n\n\n', '\u0003aé\n'],
  run(input) {
    const step = Math.max(1, input[0] ?? 1);
    const bytes = input.subarray(1);
    const splitter = new LineSplitter(1000);
    const read: string[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      const some = splitter.push(bytes.subarray(at, at + step));
      if (!some) return;
      read.push(...some);
    }
    deepEqual(read, Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1));
  },
};

const settingValue = textTarget({
  name: 'setting-value',
  seeds: SETTING_KEYS.map((key) => `${key}=${SETTINGS[key].default}`),
  words: ['KiB', '99999999999999999999', 'pause', 'auto', 'off', '-1', 'NaN', 'Infinity', '1e400', '0x10'],
  maxBytes: 4096,
  read(text) {
    const at = text.indexOf('=');
    const key = text.slice(0, Math.max(0, at));
    if (!isSettingKey(key)) return;
    const read = parseSetting(key, text.slice(at + 1));
    if ('why' in read) return ok(read.why.length > 0);
    equal(typeof read.value, typeof SETTINGS[key].default);
    // A value that was taken is taken again.
    deepEqual(parseSetting(key, read.value), read);
  },
});

const smallBody: Target = {
  name: 'small-body',
  seeds: ['{"token":"x"}', '"', '[]'],
  async run(input) {
    await readSmallBody(Duplex.from([input, input.subarray(0, 3)]) as never, 1000);
  },
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const FACE_TARGETS: readonly Target[] = [faceRequest, lines, settingValue, smallBody];
