import type { ContentHash, NodeId, SearchId } from '../../src-main/contract/ids.ts';
import type { Hit, Source } from '../../src-main/contract/search.ts';
import type { AskTarget } from '../../src-main/engine/search/search-network.ts';
import type { Hits, HitsText } from '../../src-main/engine/wire/messages/hits.ts';
import type { SupernodeEntry } from '../../src-main/engine/wire/messages/supernode-entry.ts';
import { encodeMessage } from '../../src-main/engine/wire/session-message.ts';

/** Ids and hits with short numbers for names, so that a test reads. */
const padded = (number: number, length: number) => number.toString(16).padStart(8, '0').padEnd(length, '0');
export const node = (number: number) => padded(number, 64) as NodeId;
export const content = (number: number) => padded(number, 64) as ContentHash;
export const searchId = (number: number) => padded(number, 32) as SearchId;

export const source = (number: number, more: Partial<Source> = {}): Source => ({
  nodeId: node(number),
  addresses: [{ host: '127.0.0.1', port: 1000 + (number % 60_000) }],
  ...more,
});

export const hit = (hash: number, more: Partial<Hit> = {}): Hit => ({
  hash: content(hash),
  size: 1000,
  name: `song ${hash}.mp3`,
  type: 'audio',
  extracted: {},
  sources: [source(1_000_000 + hash)],
  ...more,
});

/** `count` hits of distinct contents. */
export const hits = (first: number, count: number) => Array.from({ length: count }, (_, at) => hit(first + at));

export const entry = (number: number, host = '127.0.0.1'): SupernodeEntry => ({
  nodeId: node(number),
  address: { host, port: 1000 + (number % 60_000) },
  children: 1,
  capacity: 150,
  uptimeSeconds: 60,
});

export const target = (number: number, { host = '127.0.0.1', session = true } = {}): AskTarget => ({
  entry: entry(number, host),
  session,
  rttMs: undefined,
});
export const targets = (first: number, count: number) => Array.from({ length: count }, (_, at) => target(first + at));

/** An answer as it is sent. */
export const hitsText = (answer: Hits): HitsText => encodeMessage(answer) as HitsText;
