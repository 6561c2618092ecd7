import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Every function that reads what comes from outside is fuzzed: its name stands in a target of test/fuzz. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const textsIn = (folder: string, matches: (path: string) => boolean) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && matches(path))
    .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(ROOT, folder, path), 'utf8') }));

const READS = /^export (?:async )?(?:function|const) ((?:decode|parse|read|unpack|sniff|from)[A-Z]\w*)/gm;
const SCHEMAS = /^export const (\w+Schema)\b/gm;

/** Not of strangers, or fuzzed under the name of what calls them. */
const EXEMPT: Readonly<Record<string, string>> = {
  decodeDescriptor: 'decodeFilesBatch',
  fromIndexedText: 'reads what this thread wrote: test/fuzz/indexed-text.test.ts',
  parseColumn: 'DownloadStore, LibraryStore, StrikeStore',
  parseEdit: 'LibraryStore',
  parseXmlPart: 'describeFile',
  readAnswer: 'reads what the index thread wrote: test/fuzz/indexed-text.test.ts',
  readAuthorities: 'certificates of the system',
  readAvi: 'describeFile',
  readBody: 'bytes only; the server port',
  readBuiltInSupernodes: 'readSupernodeList',
  readCount: 'words of the user',
  readCountFromZero: 'words of the user',
  readHash: 'words of the user',
  readHtml: 'describeFile',
  readIcons: 'files of the program',
  readId: 'words of the user',
  readImage: 'describeFile',
  readLibraryPage: 'LibraryStore',
  readList: 'bytes of a file; decodeMetalink',
  readListenAddress: 'words of the user',
  readMedia: 'describeFile',
  readName: 'words of the user',
  readPath: 'words of the user',
  readPdf: 'describeFile',
  readPlainRefusal: 'readRefusal',
  readProcess: 'what the system says of this process',
  readSeconds: 'words of the user',
  readSegments: 'asks for bytes',
  readSetting: 'words of the user',
  readShown: 'reads what this thread wrote: test/fuzz/indexed-text.test.ts',
  readStartWords: 'words of the user',
  readTarget: 'words of the user',
  readZipDocument: 'describeFile',
  sniffBeginning: 'passiveTypeOf',
};

const targets = textsIn('test/fuzz/targets', () => true)
  .map(({ text }) => text)
  .join('\n');
const isFuzzed = (name: string) => new RegExp(`\\b${name}\\b`).test(targets);
const named = (pattern: RegExp, sources: readonly { readonly text: string }[]) =>
  [...new Set(sources.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name = '']) => name)))].sort();

const sources = textsIn('src-main', (path) => !path.startsWith('simulator/') && !path.startsWith('demo/'));

test('each function that reads what comes from outside is called by a target', () => {
  const readers = named(READS, sources);
  expect(readers.length).toBeGreaterThan(50);
  expect(readers.filter((name) => !isFuzzed(name) && EXEMPT[name] === undefined)).toEqual([]);
});

test('each schema of what peers say belongs to a message or an answer that is fuzzed', () => {
  const wire = sources.filter(({ path }) => path.startsWith('src-main/engine/wire/') && !path.includes('/messages/'));
  expect(named(SCHEMAS, wire).filter((name) => !isFuzzed(name))).toEqual([]);
});

test('what need not be fuzzed exists', () => {
  const all = named(READS, sources);
  expect(Object.keys(EXEMPT).filter((name) => !all.includes(name))).toEqual([]);
});
