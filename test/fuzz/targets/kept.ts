import { deepEqual, equal } from 'node:assert/strict';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { ContentHash, DownloadId, NodeId } from '../../../src-main/contract/ids.ts';
import { SETTING_KEYS, SETTINGS } from '../../../src-main/contract/settings.ts';
import type { Database } from '../../../src-main/engine/ports/index.ts';
import { SecondCopy } from '../../../src-main/engine/second-copy.ts';
import { DownloadStore } from '../../../src-main/engine/store/download-store.ts';
import { parsePlace } from '../../../src-main/engine/store/library-pages.ts';
import { LibraryStore } from '../../../src-main/engine/store/library-store.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { StrikeStore } from '../../../src-main/engine/store/strike-store.ts';
import { Troubles } from '../../../src-main/engine/troubles.ts';
import { BlockList } from '../../../src-main/engine/trust/blocks/block-list.ts';
import { parseRule } from '../../../src-main/engine/trust/blocks/block-rule.ts';
import { parsePattern } from '../../../src-main/engine/trust/blocks/name-pattern.ts';
import { parseNetwork } from '../../../src-main/engine/trust/blocks/network.ts';
import { Judge } from '../../../src-main/engine/trust/judge.ts';
import { readSupernodeList } from '../../../src-main/headless/built-in-supernodes.ts';
import { SettingsFile } from '../../../src-main/headless/settings-file.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { MemoryFileSystem } from '../../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { EXTRACTED, HASH, NODE } from './samples.ts';
import { jsonTarget, type Target, textTarget } from './target.ts';

/** What a peer reads back from its disk, where others may have written; and lists that people give to each other. */

const FOLDER = '/data';
const SIZE = 4211;

/** A disk with this one file. */
async function diskWith(name: string, text: string): Promise<{ files: MemoryFileSystem; clock: VirtualClock }> {
  const clock = new VirtualClock();
  const files = new MemoryFileSystem({ clock });
  await files.makeFolder(FOLDER);
  await files.writeSmall(`${FOLDER}/${name}`, new TextEncoder().encode(text));
  return { files, clock };
}

const settingsFile = jsonTarget({
  name: 'settings-file',
  values: [
    { version: 1, settings: Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].default])) },
    { version: 1, settings: { 'limits.schedule': 'mon-fri 08:00-18:00 up=1MiB', 'upload.slots': '4', 'a.b': 1 } },
    { version: 2, settings: {} },
  ],
  failures: ['data.newer'],
  maxBytes: 16_384,
  async read(text) {
    const { files } = await diskWith('settings.json', text);
    const { file, problems } = await SettingsFile.open({ files, folder: FOLDER }, {});
    for (const key of SETTING_KEYS) equal(typeof file.get()[key], typeof SETTINGS[key].default);
    // What was kept aside is not kept aside again.
    if (problems.length > 0) equal((await SettingsFile.open({ files, folder: FOLDER }, {})).problems.length, 0);
  },
});

const COPY = {
  version: 1,
  ...{ folders: ['/music'], leftOut: ['/music/x'], edits: [{ hash: HASH, edit: { title: null, year: 1999 } }] },
  downloads: [
    {
      ...{ id: '0123abcd', hash: HASH, size: SIZE, name: 'a', folder: '/d', state: 'wanted', reason: null, place: 1 },
      ...{
        sizeGiven: true,
        rateLimit: 0,
        isAccepted: false,
        given: [{ address: { host: 'a', port: 1 }, nodeId: NODE }],
      },
      sources: [
        {
          ...{ nodeId: NODE, addresses: [{ host: '1.2.3.4', port: 5 }], sizes: [SIZE], namedBy: [NODE] },
          ...{ faults: { reason: 'content.bad-tree', count: 1, ageMs: 5, keptMs: null }, bytes: 7, avoided: false },
        },
      ],
      webSeeds: [{ url: 'https://a.org/x', isLocalAllowed: false, banned: null, bytes: 0, avoided: false }],
      check: { sha256: HASH, pieces: { bytes: 4096, hashes: HASH + NODE } },
    },
  ],
  saved: [{ id: '0123abcd', words: 'blue', watch: true }],
};

/** One database for all inputs: each statement is taken back. */
const databases = new Map<string, Promise<Database>>();
async function database(name: string): Promise<Database> {
  const made = databases.get(name) ?? makeDatabase();
  databases.set(name, made);
  return made;
}
async function makeDatabase(): Promise<Database> {
  const made = new MemoryDatabase();
  await migrate(made, { migrations: MIGRATIONS, path: 'memory' });
  return made;
}

const secondCopy = jsonTarget({
  name: 'second-copy',
  values: [COPY, { version: 1, folders: [], downloads: [] }],
  maxBytes: 16_384,
  async read(text) {
    const { files, clock } = await diskWith('shares-and-downloads.json', text);
    const logger = new MemoryLogger();
    const copy = new SecondCopy({ clock, files, folder: FOLDER, troubles: new Troubles({ logger }) });
    const statements = await copy.statements();
    if (!statements) return;
    const into = await database('second-copy');
    const tables = ['shared_folders', 'downloads', 'saved_searches', 'left_out_files', 'content_notes'];
    await into.transact([...statements]);
    await into.transact(tables.map((table) => ({ sql: `DELETE FROM ${table}` })));
  },
});

const downloadSources = jsonTarget({
  name: 'download-sources',
  values: [
    [
      [{ host: '1.2.3.4', port: 5 }],
      [SIZE],
      [NODE],
      { reachable: true, through: { nodeId: NODE, address: { host: 'a', port: 1 } } },
    ],
  ],
  async read(text) {
    const values = asList(text).map(toColumn);
    const [addresses = '[]', sizes = '[]', named = '[]', ways = null] = values.length > 0 ? values : [text];
    const db = await database('downloads');
    const id = '0123abcd' as DownloadId;
    await db.transact([
      {
        sql: `INSERT OR IGNORE INTO downloads (id, hash, name, folder, state, place, size_given, rate_limit, accepted)
          VALUES (?, ?, 'a', '/', 'wanted', 1, 0, 0, 0)`,
        params: [id, HASH],
      },
      { sql: 'DELETE FROM download_sources', params: [] },
      {
        sql: 'INSERT INTO download_sources (id, node, addresses, sizes, named_by, bytes, avoided, ways) VALUES (?, ?, ?, ?, ?, 0, 0, ?)',
        params: [id, NODE, addresses, sizes, named, ways],
      },
    ]);
    for (const source of await new DownloadStore(db).sources(id))
      deepEqual(Object.keys(source).includes('nodeId'), true);
  },
});

const libraryFile = jsonTarget({
  name: 'library-file',
  values: [EXTRACTED, { title: null, year: 1999 }, {}],
  async read(text) {
    const db = await database('library');
    await db.transact([
      { sql: 'DELETE FROM shared_files', params: [] },
      {
        sql: `INSERT INTO shared_files (path, parent, folder, size, modified_ms, changed_ms, inode, device, hash, type, name, extracted,
          shared, folded, name_key, asked, edit) VALUES ('/a', '/', '/', ?, 0, 0, '1', '1', ?, 'audio', 'a', ?, 1, ' a', 'a', 0, ?)`,
        params: [SIZE, HASH, text, text],
      },
    ]);
    const library = new LibraryStore(db);
    await library.byHash(HASH as ContentHash, undefined, 5);
    await library.descriptors(undefined, 5);
    await library.page({ order: 'name', limit: 5, words: '', after: undefined });
  },
});

const strikeReasons = jsonTarget({
  name: 'strike-reasons',
  values: [[{ reason: 'protocol', count: 3 }], []],
  async read(text) {
    const db = await database('strikes');
    await db.transact([
      { sql: 'DELETE FROM strikes', params: [] },
      {
        sql: 'INSERT INTO strikes (key, strikes, ago_ms, banned_ms, reasons, wall_ms) VALUES (?, 1, 0, 0, ?, 0)',
        params: [NODE, text],
      },
    ]);
    equal((await new StrikeStore(db).load()).length, 1);
  },
});

/** What is nested too deep to be written is no text that anybody wrote. */
function toColumn(value: unknown): string {
  try {
    return typeof value === 'string' ? value : JSON.stringify(value ?? null);
  } catch {
    return '[';
  }
}

const FOUND = { name: 'Blue Moon.mp3', size: SIZE, peers: ['9a07c2d4'], networks: ['1.2.3'] };
const searchMemory = jsonTarget({
  name: 'search-memory',
  values: [
    {
      memory: { next: 1, queries: [[1, 2]], networks: [['1.2.3', 4, ['9a07c2d4'], ['a']]] },
      learned: { bad: 1, traits: [['word blue', 1, 0]] },
      taken: [[`${HASH} ${SIZE}`, { ...FOUND, what: 'bad', sureness: 1 }]],
    },
  ],
  async read(text) {
    const kept: string[] = [];
    const judge = new Judge({
      settings: () => ({ 'trust.hide-above': 70 }) as never,
      self: NODE as NodeId,
      logger: new MemoryLogger(),
      store: { load: async () => text, save: async (saved: string) => void kept.push(saved) },
      opinion: () => ({ score: 0, own: null }),
      foundType: () => undefined,
    });
    await judge.start();
    const file = { hash: HASH as ContentHash, size: SIZE, name: 'Blue Moon.mp3' };
    judge.said(file, 'fake');
    judge.taken(file);
    const search = judge.begin(['blue', 'moon']);
    search.named('1.2.3', { peer: NODE as NodeId, namer: NODE as NodeId });
    search.heard(file);
    await judge.stop();
    equal(kept.length > 0, true);
  },
});

const RULES = [
  `hash:${HASH}`,
  'name:*blue moon*',
  'address:192.0.2.0/24',
  'address:2001:db8::/32',
  `node:${NODE}`,
  '# none',
];
const blockList = textTarget({
  name: 'block-list',
  seeds: [RULES.join('\n'), ...RULES],
  words: ['name:', 'address:', '*', '/0', '/129', ' #', '\u0345'],
  async read(text) {
    const { files, clock } = await diskWith('blocked.txt', text);
    const list = new BlockList({
      clock,
      logger: new MemoryLogger(),
      files,
      path: `${FOLDER}/blocked.txt`,
      changed: () => undefined,
    });
    // Its turns between many lines pass when the clock is moved.
    const started = list.start();
    await clock.advance(60_000);
    await started;
    list.allowed({ hash: HASH as ContentHash, name: text.slice(0, 200), sources: [] });
    list.blocksPeer({ host: text.slice(0, 50) });
    for (const line of text.split('\n').slice(0, 20)) {
      const rule = parseRule(line);
      if ('why' in rule) continue;
      const again = parseRule(rule.text);
      deepEqual('why' in again ? again : again.text, rule.text);
    }
    parsePattern(text);
    parseNetwork(text);
  },
});

const builtInSupernodes = jsonTarget({
  name: 'built-in-supernodes',
  values: [{ version: 1, supernodes: [`shoal://${NODE}@203.0.113.9:1214`] }],
  read(text) {
    const value = parse(text);
    const texts = (value as { supernodes?: unknown } | undefined)?.supernodes;
    // The type of the JSON file is checked when it is built in; what its entries say is not.
    if (!Array.isArray(texts) || !texts.every((one) => typeof one === 'string')) return;
    try {
      readSupernodeList({ version: 1, supernodes: texts });
    } catch (error) {
      if (!(error instanceof Error) || error instanceof AppError || !error.message.startsWith('the list of'))
        throw error;
    }
  },
});

const place = textTarget({
  name: 'library-place',
  seeds: [`${HASH}:${SIZE}:/a/b`, '["name","blue","/a"]', '["size",5,"/a"]'],
  async read(text) {
    const db = await database('library');
    for (const order of ['hash', 'name', 'size', 'asked'] as const) {
      const after = parsePlace(text, order);
      if (after) await new LibraryStore(db).page({ order, limit: 5, words: text.slice(0, 200), after });
    }
  },
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asList = (text: string): readonly unknown[] => {
  const value = parse(text);
  return Array.isArray(value) ? value : [];
};

export const KEPT_TARGETS: readonly Target[] = [
  ...[settingsFile, secondCopy, downloadSources, libraryFile, strikeReasons, searchMemory, blockList],
  ...[builtInSupernodes, place],
];
