import type { ContentHash, DownloadId, NodeId, SearchId } from '../../src-main/contract/ids.ts';
import type { StatusView } from '../../src-main/contract/outputs.ts';
import { CLEAN } from '../../src-main/contract/pollution.ts';
import type { SearchResult } from '../../src-main/contract/search.ts';
import type { DownloadView } from '../../src-main/contract/transfer.ts';

/** What peers answer in tests of the command line. */
export const HASH = 'ab'.repeat(32) as ContentHash;
export const NODE = 'cd'.repeat(32) as NodeId;
export const DOWNLOAD = '0123abcd' as DownloadId;
export const SEARCH = '5'.repeat(32) as SearchId;
export const OTHER_SEARCH = '6'.repeat(32) as SearchId;

export const STATUS: StatusView = {
  node: NODE,
  nextNode: null,
  name: 'me',
  uptimeMs: 1000,
  listen: '127.0.0.1:1214',
  invitations: [],
  role: 'leaf',
  parent: null,
  children: 0,
  neighbours: 0,
  files: 3,
  bytes: 4096,
  downloads: 0,
  uploads: 0,
  uploadSlots: { slots: 4, used: 0, waiting: 0, isAutomatic: true },
  downRate: 0,
  upRate: 0,
  limits: {
    up: { rate: 204_800, why: 'schedule' },
    down: { rate: 0, why: 'none' },
    next: { inMs: 3_600_000, up: { rate: 0, why: 'schedule-pause' }, down: { rate: 0, why: 'none' } },
    line: { up: null, down: null },
  },
  reachability: 'unknown',
  reach: {
    tests: [],
    mapping: { state: 'not-needed', protocol: null, router: null, host: null, port: null },
    outside: [],
  },
  worlds: 'unchecked',
  relay: { isVolunteer: true, pairs: 2, bytes: 3 * 2 ** 20, dayBytes: 2 ** 20, perDay: 2 ** 31 },
  election: [],
};

export const RESULT: SearchResult = {
  hash: HASH,
  size: 2048,
  name: 'blue\u001B[2J.ogg',
  otherNames: [],
  type: 'audio',
  extracted: {},
  sources: [{ nodeId: NODE, addresses: [] }],
  wave: 1,
  namedBy: [],
  rank: { nameMatch: 1, availability: 1, agreement: 1, total: 1 },
  pollution: CLEAN,
};

/** What is printed of the source above, which said nothing of itself. */
export const SOURCES = { sources: 1, freeSlots: 0, estimateSeconds: null };

export const PROGRESS: DownloadView = {
  id: DOWNLOAD,
  hash: HASH,
  name: 'a.bin',
  size: 1000,
  done: 500,
  state: 'downloading',
  reason: null,
  blockedBy: null,
  rate: 100,
  etaSeconds: 5,
  path: '/d/a.bin',
  sources: [
    {
      node: NODE,
      address: '127.0.0.1:1',
      state: 'active',
      reason: null,
      bannedUntilMs: null,
      onTrial: false,
      rate: 100,
      bytes: 500,
      held: null,
      queue: null,
      use: 'auto',
      way: 'direct',
      ways: [{ way: 'direct', reason: null }],
    },
    {
      node: NODE,
      address: '127.0.0.1:2',
      state: 'banned',
      reason: 'content.bad-bytes',
      bannedUntilMs: 1_800_000_000_000,
      onTrial: false,
      rate: 0,
      bytes: 0,
      held: null,
      queue: null,
      use: 'auto',
      way: null,
      ways: [],
    },
  ],
  maxSources: null,
  found: null,
  rateLimit: 0,
  place: 1,
  addedMs: 0,
};
